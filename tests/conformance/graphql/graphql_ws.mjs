// graphql-ws over one socket: credentials in connection_init, queries, a mutation, a subscription, errors.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { given, headers, report } from './given.mjs';

const client = createClient({
  url: given.url.replace(/^http/, 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: headers,
  retryAttempts: 0,
});

async function all(name, payload) {
  const results = [];
  try {
    for await (const result of client.iterate(payload)) results.push(result);
    report({ name, results });
  } catch (errors) {
    report({ name, results, errors });
  }
}

await all('query', { query: given.query });
await all('variables', { query: given.query_with_variables, variables: given.variables });
await all('mutation', { query: given.mutation });
await all('subscription', { query: given.subscription });
await all('invalid', { query: given.invalid });
await all('failing', { query: given.failing });
await Promise.all([1, 2, 3].map((n) => all(`parallel ${n}`, { query: given.subscription })));
await client.dispose();
