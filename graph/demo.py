"""The main job, over the network as a client would do it: `python -m graph.demo` runs a server of its own for it.

A CSV goes in; a served, explained, evaluated model comes out. Every document that is sent is shown.
"""

import base64
import csv
import io
import json
import os
import secrets
import ssl
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2
from websockets.sync.client import connect

USER = "demo"
BAR_WIDTH = 40
AGREEMENT = 1e-9

CREATE_DATASET = """
mutation Dataset($input: DatasetCreateInput!) {
  createDataset(input: $input) {
    ... on Dataset { id job { id } }
    ... on Problem { message path }
  }
}"""
DATASET = """
query Dataset($id: ID!) {
  dataset(id: $id) {
    rowCount
    columnCount
    fields(ids: ["mean radius", "diagnosis"]) {
      name
      optype
      summary {
        ... on NumericSummary { minimum median maximum missingCount }
        ... on CategoricalSummary { categories { name count } }
      }
    }
  }
}"""
CREATE_MODEL = """
mutation Train($input: ModelCreateInput!) {
  createModel(input: $input) {
    ... on Model { id job { id } }
    ... on Problem { message path }
  }
}"""
PROGRESS = """
subscription Progress($job: ID!) {
  jobEvents(id: $job, after: 0) { sequence kind state progress metrics message }
}"""
MODEL = """
query Model($id: ID!) {
  model(id: $id) {
    task
    objectiveName
    importances { fieldId share }
    fields { id name }
  }
}"""
CREATE_EVALUATION = """
mutation Evaluate($input: EvaluationCreateInput!) {
  createEvaluation(input: $input) {
    ... on Evaluation { id job { id } }
    ... on Problem { message path }
  }
}"""
EVALUATION = """
query Evaluation($id: ID!) {
  evaluation(id: $id) {
    rowCount
    figures {
      ... on ClassificationFigures {
        classNames
        model { accuracy averageAreaUnderRocCurve confusionMatrix }
        mode { accuracy }
      }
    }
  }
}"""
PREDICT = """
query Predict($model: ID!, $row: JSON!) {
  predict(model: $model, input: $row) {
    ... on Outcome {
      output
      probability
      probabilities { className score }
      explanation { base explainedClass contributions { fieldId value contribution } }
    }
    ... on Problem { message path }
  }
}"""


@dataclass
class Client:
    """Talks to a server with one key."""

    url: str
    key: str
    http: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx2.Client(base_url=self.url, headers={"authorization": f"Bearer {self.key}"}, timeout=60)

    def ask(self, document: str, **variables: Any) -> Any:
        """The value of the only root field. Raises RuntimeError for errors and problems."""
        answer = self.http.post("/graphql", json={"query": document, "variables": variables}).json()
        if answer.get("errors"):
            raise RuntimeError(answer["errors"][0]["message"])
        (value,) = answer["data"].values()
        if isinstance(value, dict) and "message" in value:
            raise RuntimeError(value["message"])
        return value

    def follow(self, job: str) -> Iterator[dict[str, Any]]:
        """The events of a job, from its first to its last, over a WebSocket."""
        parts = urlsplit(self.url)
        scheme, context = ("wss", ssl.create_default_context()) if parts.scheme == "https" else ("ws", None)
        address = f"{scheme}://{parts.netloc}/graphql"
        with connect(address, subprotocols=["graphql-transport-ws"], ssl=context) as socket:  # type: ignore[list-item]
            socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {self.key}"}}))
            payload = {"query": PROGRESS, "variables": {"job": job}}
            socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            for text in socket:
                message = json.loads(text)
                if message["type"] == "next":
                    yield message["payload"]["data"]["jobEvents"]
                elif message["type"] in ("complete", "error"):
                    return

    def wait(self, job: str, label: str) -> None:
        """Shows the progress of a job until it has ended. Raises RuntimeError when it ended badly."""
        bar = Bar(label)
        for event in self.follow(job):
            bar.show(event["progress"] or 0.0, event["metrics"] or {})
            if event["state"] in ("FAILED", "CANCELED"):
                raise RuntimeError(event["message"])
        bar.end()


class Bar:
    """A progress bar that moves: in place on a terminal, in steps elsewhere."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._shown = -1

    def show(self, share: float, metrics: dict[str, Any]) -> None:
        """Draws the bar at a share from 0 to 1."""
        step = int(share * (100 if sys.stdout.isatty() else 10))
        if step <= self._shown:
            return
        self._shown = step
        filled = int(share * BAR_WIDTH)
        figures = "  ".join(f"{name} {value:.4g}" for name, value in metrics.items() if isinstance(value, int | float))
        line = f"  {self._label:<11} [{'█' * filled}{'·' * (BAR_WIDTH - filled)}] {share:4.0%}  {figures}"
        print(f"\r{line:<110}" if sys.stdout.isatty() else line, end="" if sys.stdout.isatty() else "\n", flush=True)

    def end(self) -> None:
        """Leaves the bar where it is."""
        if sys.stdout.isatty():
            print()


def heading(text: str, document: str = "", **variables: Any) -> None:
    """Says what comes next, and shows the GraphQL for it."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}")
    if document:
        print(textwrap.indent(document.strip(), "    │ "))
        if variables:
            print(f"    │ variables: {json.dumps(variables)}")


@contextmanager
def server() -> Iterator[Client]:
    """A server with an empty data folder that is thrown away afterwards."""
    key = secrets.token_hex(20)
    with tempfile.TemporaryDirectory(prefix="modelgraph-demo-") as folder, tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "graph.cli", "serve", "--port", "0", "--data-dir", folder],
            env={**os.environ, "MODELGRAPH_BOOTSTRAP": f"{USER}:{key}"},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line.startswith("ready "):
                log.seek(0)
                raise RuntimeError(f"the server did not start:\n{log.read()}")
            yield Client(line.split()[1], key)
        finally:
            process.terminate()
            process.wait(20)


def breast_cancer() -> str:
    """The Wisconsin diagnostic data set that scikit-learn ships, as CSV with the diagnosis in words."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*data.feature_names, "diagnosis"])
    for row, target in zip(data.data.tolist(), data.target.tolist(), strict=True):
        writer.writerow([*row, str(data.target_names[target])])
    return text.getvalue()


def main_job(client: Client) -> dict[str, Any]:
    """From a CSV to a prediction; gives the model's id, a row, and what the graph says about it."""
    table = breast_cancer()
    heading(f"1. Upload {len(table):,} bytes of CSV to POST /upload")
    uploaded = client.http.post("/upload", params={"name": "breast cancer", "file_name": "cancer.csv"}, content=table)
    uploaded.raise_for_status()
    source = uploaded.json()
    client.wait(source["jobId"], "reading")

    heading("2. A typed dataset with a summary of every column", CREATE_DATASET, input={"sourceId": source["id"]})
    dataset = client.ask(CREATE_DATASET, input={"sourceId": source["id"]})
    client.wait(dataset["job"]["id"], "summaries")
    shown = client.ask(DATASET, id=dataset["id"])
    print(f"  {shown['rowCount']} rows × {shown['columnCount']} columns; for example")
    for each in shown["fields"]:
        print(f"  {each['name']:<12} {each['optype'].lower():<12} {json.dumps(each['summary'])}")

    split = {"rate": 0.8, "seed": "demo"}
    parts = {
        name: client.ask(
            CREATE_DATASET,
            input={"name": name, "parents": [{"id": dataset["id"], **split, "outOfBag": name == "test"}]},
        )
        for name in ("training", "test")
    }
    for name, part in parts.items():
        client.wait(part["job"]["id"], name)

    training = {
        "datasetId": parts["training"]["id"],
        "algorithm": "CATBOOST",
        "catboost": {"iterations": 600, "depth": 4},
    }
    heading("3. Train CatBoost; the bar is fed by this subscription", CREATE_MODEL + PROGRESS, input=training)
    model = client.ask(CREATE_MODEL, input=training)
    client.wait(model["job"]["id"], "training")
    tree = client.ask(
        CREATE_MODEL, input={"datasetId": parts["training"]["id"], "name": "tree", "algorithm": "DECISION_TREE"}
    )
    client.wait(tree["job"]["id"], "a tree")
    known = client.ask(MODEL, id=model["id"])
    names = {each["id"]: each["name"] for each in known["fields"]}
    print("  most important:", ", ".join(f"{names[i['fieldId']]} {i['share']:.0%}" for i in known["importances"][:3]))

    heading("4. Evaluate both on the rows that training did not see", CREATE_EVALUATION + EVALUATION)
    for name, each in (("CatBoost", model), ("tree", tree)):
        evaluation = client.ask(CREATE_EVALUATION, input={"modelId": each["id"], "datasetId": parts["test"]["id"]})
        client.wait(evaluation["job"]["id"], name)
        found = client.ask(EVALUATION, id=evaluation["id"])
        figures = found["figures"]
        print(
            f"  {name:<9} accuracy {figures['model']['accuracy']:.4f} on {found['rowCount']} rows, area under ROC "
            f"{figures['model']['averageAreaUnderRocCurve']:.4f}; "
            f"always the same answer: {figures['mode']['accuracy']:.4f}"
        )

    header, first, *_ = csv.reader(io.StringIO(table))
    row = dict(zip(header[:-1], map(float, first[:-1]), strict=True))
    heading("5. Predict a row, and ask why", PREDICT)
    predicted = client.ask(PREDICT, model=model["id"], row=row)
    print(f"  {predicted['output']} with probability {predicted['probability']:.6f} (in truth: {first[-1]})")
    for part in predicted["explanation"]["contributions"][:3]:
        print(f"    {names[part['fieldId']]:<22} = {part['value']:<10} moves the score by {part['contribution']:+.4f}")
    return {"model": model["id"], "row": row, "predicted": predicted}


def through_bigml(client: Client, job: dict[str, Any]) -> dict[str, float]:
    """The same prediction in the protocol of BigML.io: probabilities by class."""
    credentials = f"username={USER}&api_key={client.key}"
    answer = client.http.post(f"/prediction?{credentials}", json={"model": job["model"], "input_data": job["row"]})
    answer.raise_for_status()
    return dict(answer.json()["probabilities"])


def through_basic(client: Client, job: dict[str, Any]) -> dict[str, float]:
    """The same prediction through GraphQL once more, with Basic credentials."""
    basic = base64.b64encode(f"{USER}:{client.key}".encode()).decode()
    body = {"query": PREDICT, "variables": {"model": job["model"], "row": job["row"]}}
    answer = httpx2.post(f"{client.url}/graphql", json=body, headers={"authorization": f"Basic {basic}"}).json()
    return {each["className"]: each["score"] for each in answer["data"]["predict"]["probabilities"]}


DIALECTS = {"GraphQL, Basic credentials": through_basic, "BigML.io: POST /prediction": through_bigml}


def main() -> int:
    """Runs everything; 0 when all answers agree."""
    with server() as client:
        print(f"A server is running at {client.url}, with GraphiQL at {client.url}/graphql")
        job = main_job(client)
        heading("6. The same model through every dialect")
        ours = {each["className"]: each["score"] for each in job["predicted"]["probabilities"]}
        agree = True
        for name, ask in DIALECTS.items():
            theirs = ask(client, job)
            gap = max(abs(ours[each] - theirs.get(each, float("inf"))) for each in ours)
            agree = agree and gap <= AGREEMENT
            print(f"  {name:<28} {theirs}  largest difference {gap:.1e}")
        print("\nAll answers agree." if agree else "\nThe answers differ.")
        return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
