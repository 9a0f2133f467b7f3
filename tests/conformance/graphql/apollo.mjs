// @apollo/client: HttpLink, automatic persisted queries with POST and with GET, errors, subscriptions over a socket.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createHash } from 'node:crypto';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { given, headers, report } from './given.mjs';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const methods = [];
const counted = (url, init) => {
  const hasText = /"query":|[?&]query=/.test(String(init.body ?? url));
  methods.push(`${init.method} ${hasText ? 'text' : 'hash'}`);
  return fetch(url, init);
};
const http = (options = {}) => new HttpLink({ uri: given.url, headers, fetch: counted, ...options });
// Apollo asks for __typename everywhere, which the other clients do not.
const bare = (value) => {
  if (Array.isArray(value)) return value.map(bare);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== '__typename').map(([name, item]) => [name, bare(item)]));
};
const make = (link) => new ApolloClient({ link, cache: new InMemoryCache({ addTypename: false }), defaultOptions: { query: { fetchPolicy: 'no-cache' } } });

async function ask(name, client, options) {
  methods.length = 0;
  const plain = ({ data, error }) => ({ data: bare(data), errors: error?.errors, network: error && !error.errors ? String(error) : undefined });
  const result = options.mutation
    ? await client.mutate({ ...options, errorPolicy: 'all' })
    : await client.query({ ...options, errorPolicy: 'all' });
  report({ name, results: [plain(result)], methods: [...methods] });
}

const client = make(http());
await ask('query', client, { query: gql(given.query) });
await ask('variables', client, { query: gql(given.query_with_variables), variables: given.variables });
await ask('mutation', client, { mutation: gql(given.mutation) });
await ask('invalid', client, { query: gql(given.invalid) });
await ask('failing', client, { query: gql(given.failing) });

const posted = make(ApolloLink.from([new PersistedQueryLink({ sha256 }), http()]));
await ask('persisted first', posted, { query: gql(given.query_with_variables), variables: given.variables });
await ask('persisted again', posted, { query: gql(given.query_with_variables), variables: given.variables });
const fetched = make(ApolloLink.from([new PersistedQueryLink({ sha256, useGETForHashedQueries: true }), http()]));
await ask('persisted get', fetched, { query: gql(given.query_with_variables), variables: given.variables });
await ask('persisted get first', fetched, { query: gql(given.query) });
await ask('persisted mutation', fetched, { mutation: gql(given.mutation) });

const socket = createClient({ url: given.url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, connectionParams: headers });
const streamed = make(new GraphQLWsLink(socket));
const results = [];
await new Promise((resolve, reject) => {
  streamed.subscribe({ query: gql(given.subscription) }).subscribe({
    next: ({ data }) => results.push({ data: bare(data) }),
    error: reject,
    complete: resolve,
  });
});
report({ name: 'subscription', results });
await socket.dispose();
