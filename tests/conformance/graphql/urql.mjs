// @urql/core with its fetch exchange alone, subscriptions over event streams included.
import { Client, fetchExchange } from '@urql/core';
import { given, headers, report } from './given.mjs';

const make = (options) =>
  new Client({ url: given.url, exchanges: [fetchExchange], fetchOptions: { headers }, fetchSubscriptions: true, ...options });

const plain = ({ data, error }) => ({ data, errors: error?.graphQLErrors, network: error?.networkError?.message });

for (const [way, preferGetMethod] of [['post', false], ['get', 'force']]) {
  const client = make({ preferGetMethod });
  report({ name: `query ${way}`, results: [plain(await client.query(given.query, {}))] });
  report({ name: `variables ${way}`, results: [plain(await client.query(given.query_with_variables, given.variables))] });
  report({ name: `invalid ${way}`, results: [plain(await client.query(given.invalid, {}))] });
  report({ name: `failing ${way}`, results: [plain(await client.query(given.failing, {}))] });
}

const client = make({});
report({ name: 'mutation', results: [plain(await client.mutation(given.mutation, {}))] });

const results = [];
await new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error('The subscription did not end.')), 20000);
  const { unsubscribe } = client.subscription(given.subscription, {}).subscribe((result) => {
    results.push(plain(result));
    if (results.length === given.subscription_data.length) {
      clearTimeout(timer);
      setTimeout(unsubscribe);
      resolve();
    }
  });
});
report({ name: 'subscription', results });
