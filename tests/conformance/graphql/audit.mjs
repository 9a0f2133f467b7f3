// All audits of graphql-http: those that a server MUST, SHOULD and MAY pass.
import { auditServer } from 'graphql-http';
import { given, headers, report } from './given.mjs';

const fetchFn = (url, init = {}) => fetch(url, { ...init, headers: { ...headers, ...init.headers } });
for (const { id, name, status, reason } of await auditServer({ url: given.url, fetchFn })) {
  report({ id, name, status, reason });
}
