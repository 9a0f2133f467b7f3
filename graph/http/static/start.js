// Starts GraphiQL on the address of its own page. Headers from the editor (such as Authorization) go with each request;
// for subscriptions they are sent in the connection_init message of the WebSocket.
(function () {
  'use strict';
  const url = location.origin + location.pathname;
  const fetcher = GraphiQL.createFetcher({ url, subscriptionUrl: url.replace(/^http/, 'ws') });
  const welcome = [
    '# Credentials go into the Headers tab below, for example:',
    '# {"Authorization": "Bearer <API key>"}',
    '# Then fetch the schema again with the circling arrows at the bottom left;',
    '# the book at the top left documents every type.',
    '',
    '{ __typename }',
    '',
  ].join('\n');
  const page = React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: welcome,
    defaultHeaders: '{\n  "Authorization": "Bearer "\n}',
    defaultEditorToolsVisibility: 'headers',
    isHeadersEditorEnabled: true,
    inputValueDeprecation: true,
    schemaDescription: true,
  });
  ReactDOM.createRoot(document.getElementById('graphiql')).render(page);
})();
