import { graphql } from 'react-relay';

export const bookFragment = graphql`
  fragment relaySource_book on Book {
    id
    title
    chapters { heading }
  }
`;

export const shelfFragment = graphql`
  fragment relaySource_shelf on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "relaySourceShelfPaginationQuery") {
    books(first: $count, after: $cursor) @connection(key: "relaySource_books") {
      edges { node { ...relaySource_book } }
    }
  }
`;

export const query = graphql`
  query relaySourceQuery($id: ID!) {
    book(id: $id) { ...relaySource_book }
    item(id: $id) { __typename ... on Disc { minutes } }
    ...relaySource_shelf @arguments(count: 5)
  }
`;

export const mutation = graphql`
  mutation relaySourceAddMutation($input: BookCreateInput!) {
    addBook(input: $input) {
      ... on Book { ...relaySource_book @alias(as: "book") }
      ... on Problem { message code path }
    }
  }
`;

export const subscription = graphql`
  subscription relaySourceCountSubscription { count(to: 3) }
`;
