// graphql-sse in distinct connections mode.
import { createClient } from 'graphql-sse';
import { given, headers, report } from './given.mjs';

const client = createClient({ url: given.url, headers, retryAttempts: 0 });

async function all(name, payload) {
  const results = [];
  try {
    for await (const result of client.iterate(payload)) results.push(result);
    report({ name, results });
  } catch (error) {
    report({ name, results, errors: [{ message: String(error) }] });
  }
}

await all('query', { query: given.query });
await all('variables', { query: given.query_with_variables, variables: given.variables });
await all('mutation', { query: given.mutation });
await all('subscription', { query: given.subscription });
await all('invalid', { query: given.invalid });
await all('failing', { query: given.failing });
client.dispose();
