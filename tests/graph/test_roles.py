"""What roles in projects allow: whoever makes a project rules it, whoever may only look takes results elsewhere."""

from tests.server import Graph, Server

ROLE = """mutation($p: ID!, $u: ID!, $r: Role) { setProjectRole(projectId: $p, userId: $u, role: $r) {
  __typename ... on Problem { code path } } }"""
KEY = 'mutation($u: ID) { createApiKey(input: {userId: $u, name: "k"}) { ... on NewApiKey { secret } } }'
PREDICT = "query($m: ID!) { predict(model: $m, input: {}) { __typename } }"


def somebody(graph: Graph, server: Server, name: str) -> tuple[str, Graph]:
    user = graph.create("User", name=name)["id"]
    return user, server.graph(graph(KEY, u=user)["secret"])


def patched(graph: Graph, kind: str, id: str, values: str) -> str:
    values = f"{{{values}}}"
    patch = f"patch{kind}(id: $id, input: {values}) {{ __typename ... on Problem {{ code }} }}"
    return graph(f"mutation($id: ID!) {{ {patch} }}", id=id)["__typename"]


def test_whoever_makes_a_project_may_change_what_is_in_it(graph: Graph, shared_server: Server, iris: str) -> None:
    user, owner = somebody(graph, shared_server, "owner of a project")
    project = owner.create("Project", name="own")["id"]
    source = owner.make("Source", data=iris, projectId=project)["id"]

    assert patched(owner, "Source", source, 'name: "mine"') == "Source"
    assert owner.get("Project", project, "members { role user { id } }") == {
        "members": [{"role": "ADMIN", "user": {"id": user}}]
    }
    deleted = owner("mutation($id: ID!) { deleteSource(id: $id) { __typename } }", id=source)
    assert deleted == {"__typename": "Deleted"}


def test_what_a_viewer_makes_of_shared_resources_is_their_own(graph: Graph, shared_server: Server, iris: str) -> None:
    user, viewer = somebody(graph, shared_server, "viewer of a project")
    project = graph.create("Project", name="shared")["id"]
    dataset = graph.make("Dataset", sourceId=graph.create("Source", data=iris, projectId=project)["id"])["id"]
    model = graph.make("Model", "id project { id }", datasetId=dataset)
    assert model["project"] == {"id": project}
    graph(ROLE, p=project, u=user, r="VIEWER")

    assert viewer.create("Model", "project { id }", datasetId=dataset)["project"] is None
    kept = viewer.create("Prediction", "project { id } creator { id }", modelId=model["id"], inputData={})
    assert kept["project"] is None
    assert kept["creator"] == {"id": user}

    graph(ROLE, p=project, u=user, r="EDITOR")
    kept = viewer.create("Prediction", "project { id }", modelId=model["id"], inputData={})
    assert kept["project"] == {"id": project}


def test_a_public_model_is_read_scored_and_copied_but_not_changed(
    graph: Graph, shared_server: Server, iris: str
) -> None:
    _, stranger = somebody(graph, shared_server, "stranger to a project")
    project = graph.create("Project", name="hidden")["id"]
    dataset = graph.make("Dataset", sourceId=graph.create("Source", data=iris, projectId=project)["id"])["id"]
    model = graph.make("Model", datasetId=dataset)["id"]
    assert stranger(PREDICT, m=model) == {"__typename": "NotFound"}
    assert patched(graph, "Model", model, "visibility: PUBLIC") == "Model"

    shown = stranger.get("Model", model, "project { id } dataset { id } creator { id } objectiveName")
    assert shown == {"project": None, "dataset": None, "creator": None, "objectiveName": "species"}
    assert shared_server.graph("")(PREDICT, m=model) == {"__typename": "Outcome"}
    assert patched(stranger, "Model", model, 'name: "x"') == "NotPermitted"
    copy = stranger.create("Model", "project { id } origin { id }", originId=model)
    assert copy["project"] is None
    assert copy["origin"] == {"id": model}
    assert stranger.create("Prediction", "project { id }", modelId=model, inputData={})["project"] is None


def test_the_last_administrator_stays(server: Server) -> None:
    graph = server.start().graph()
    me = graph("{ viewer { id } }")["id"]
    delete = "mutation($id: ID!) { deleteUser(id: $id) { __typename } }"

    assert patched(graph, "User", me, "isAdmin: false") == "Conflict"
    assert graph(delete, id=me) == {"__typename": "Conflict"}

    graph.create("User", name="second", isAdmin=True)
    assert patched(graph, "User", me, "isAdmin: false") == "User"


def test_a_key_ends_with_its_time_and_when_it_is_deleted(graph: Graph, shared_server: Server) -> None:
    user, owner = somebody(graph, shared_server, "owner of a key")
    key = owner("{ apiKeys { nodes { id } } }")["nodes"][0]["id"]
    viewer = {"query": "{ viewer { id } }"}

    assert patched(graph, "ApiKey", key, 'expiresAt: "2020-01-01T00:00:00Z"') == "ApiKey"
    assert owner.http.post("/graphql", json=viewer).status_code == 401
    assert patched(graph, "ApiKey", key, "expiresAt: null") == "ApiKey"
    assert owner("{ viewer { id } }") == {"id": user}
    graph("mutation($id: ID!) { deleteApiKey(id: $id) { __typename } }", id=key)
    assert owner.http.post("/graphql", json=viewer).status_code == 401


def test_a_key_belongs_only_to_a_project_that_is_there(graph: Graph) -> None:
    query = """mutation($p: ID, $t: DateTime) { createApiKey(input: {projectId: $p, expiresAt: $t}) {
      __typename ... on NewApiKey { apiKey { project { id } expiresAt } } ... on Problem { path } } }"""
    project = graph.create("Project", name="of a key")["id"]

    assert graph(query, p="project/0") == {"__typename": "InvalidInput", "path": ["projectId"]}
    made = graph(query, p=project, t="2099-01-01T00:00:00")
    assert made["apiKey"] == {"project": {"id": project}, "expiresAt": "2099-01-01T00:00:00+00:00"}


def test_a_viewer_does_not_settle_how_others_read_a_source(graph: Graph, shared_server: Server, iris: str) -> None:
    user, viewer = somebody(graph, shared_server, "viewer of a source")
    project = graph.create("Project", name="open reading")["id"]
    source = graph.make("Source", data=iris, projectId=project)["id"]
    graph(ROLE, p=project, u=user, r="VIEWER")

    viewer.make("Dataset", sourceId=source)
    assert graph.get("Source", source, "isClosed") == {"isClosed": False}

    graph.make("Dataset", sourceId=source)
    assert graph.get("Source", source, "isClosed") == {"isClosed": True}
