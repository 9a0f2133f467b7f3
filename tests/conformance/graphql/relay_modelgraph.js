import { graphql } from 'react-relay';

export const fieldFragment = graphql`
  fragment relaySource_field on Field {
    id
    name
    summary {
      __typename
      ... on NumericSummary { minimum maximum bins { value count } }
      ... on CategoricalSummary { categories { name count } }
    }
  }
`;

export const datasetFragment = graphql`
  fragment relaySource_dataset on Dataset @refetchable(queryName: "relaySourceDatasetRefetchQuery") {
    id
    name
    state
    fields { ...relaySource_field }
    job { id progress }
    source { id fileName }
  }
`;

export const datasetsFragment = graphql`
  fragment relaySource_datasets on Query
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 10 }
    cursor: { type: "String" }
    filter: { type: "DatasetFilterInput" }
  )
  @refetchable(queryName: "relaySourceDatasetsPaginationQuery") {
    datasets(first: $count, after: $cursor, filter: $filter, orderBy: [{ field: NAME, direction: DESC }])
    @connection(key: "relaySource_datasets") {
      totalCount
      edges { node { ...relaySource_dataset } }
    }
  }
`;

export const modelsBackwardFragment = graphql`
  fragment relaySource_models on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "relaySourceModelsPaginationQuery") {
    models(last: $count, before: $cursor) @connection(key: "relaySource_models") {
      edges { node { id algorithm nodes { id predicate { fieldId operator value } } } }
    }
  }
`;

export const query = graphql`
  query relaySourceQuery($id: ID!, $model: ID!, $row: JSON!) {
    node(id: $id) { __typename ... on BuiltResource { state stateMessage } }
    dataset(id: $id) { ...relaySource_dataset }
    predict(model: $model, input: $row) {
      ... on Outcome { output probabilities { className score } model { id } }
      ... on Problem { message code path }
    }
    ...relaySource_datasets @arguments(count: 5, filter: { state: { eq: FINISHED } })
    ...relaySource_models
  }
`;

export const mutation = graphql`
  mutation relaySourceCreateMutation($input: DatasetCreateInput!) {
    createDataset(input: $input) {
      ... on Dataset {
        ...relaySource_dataset @alias(as: "dataset")
      }
      ... on Problem { message code path }
    }
  }
`;

export const deletion = graphql`
  mutation relaySourceDeleteMutation($id: ID!, $connections: [ID!]!) {
    deleteDataset(id: $id) {
      ... on Deleted { id @deleteEdge(connections: $connections) @deleteRecord }
      ... on Problem { message code path }
    }
  }
`;

export const subscription = graphql`
  subscription relaySourceEventsSubscription($id: ID!, $after: BigInt) {
    jobEvents(id: $id, after: $after) {
      sequence
      kind
      state
      progress
      resource { id ... on Model { name } }
    }
  }
`;
