"""What the unmodified `bigml` client must be able to do; run by the client's interpreter, one case a run.

    python cases.py CASE URL DATA FOLDER

URL is that of a running server, DATA the folder with the bindings' data files, FOLDER a place to write to. The user
and the key come from BIGML_USERNAME and BIGML_API_KEY. Ends with status 0 if the client saw what it should.
"""

import csv
import http.server
import io
import json
import os
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

from bigml.api import BigML
from bigml.domain import Domain
from bigml.evaluation import Evaluation
from bigml.fields import Fields
from bigml.model import Model
from bigml.webhooks import check_signature

INPUTS = (
    ({"petal width": 0.5}, "Iris-setosa"),
    ({"petal length": 6, "petal width": 2}, "Iris-virginica"),
    ({"petal length": 4, "petal width": 1.5}, "Iris-versicolor"),
)


class Case:
    """A connection to the server and what most cases begin with."""

    def __init__(self, url: str, data: Path) -> None:
        host = urlsplit(url).netloc
        self.domain = Domain(
            domain=host, protocol="http", prediction_domain=host, prediction_protocol="http", api_version="andromeda"
        )
        self.api = BigML(domain=self.domain)
        self.data = data

    def ready(self, resource: dict, query: str = "") -> dict:
        assert resource["code"] in (200, 201), resource
        assert resource["error"] is None, resource
        assert self.api.ok(resource, query_string=query) is True, resource
        return resource

    def source(self, name: str = "iris.csv", **arguments: object) -> dict:
        return self.ready(self.api.create_source(str(self.data / name), arguments))

    def dataset(self, name: str = "iris.csv", **arguments: object) -> dict:
        return self.ready(self.api.create_dataset(self.source(name), arguments), "limit=-1")

    def model(self, **arguments: object) -> dict:
        return self.ready(self.api.create_model(self.dataset(), arguments), "limit=-1")


def p1_source_with_arguments(case: Case) -> None:
    project = case.api.create_project({"name": "P1"})["resource"]
    arguments = {
        "name": "my source",
        "tags": ["my tag"],
        "category": 12,
        "project": project,
        "source_parser": {"missing_tokens": ["?"]},
    }
    made = case.api.create_source(str(case.data / "iris.csv"), arguments)
    assert made["code"] == 201
    assert made["location"].endswith(f"/andromeda/{made['resource']}")
    case.ready(made)
    found = made["object"]
    assert list(found["fields"]) == ["000000", "000001", "000002", "000003", "000004"]
    assert [each["optype"] for each in found["fields"].values()][:4] == ["numeric"] * 4
    assert {name: found[name] for name in ("name", "tags", "category", "project")} == {
        name: arguments[name] for name in ("name", "tags", "category", "project")
    }
    assert found["source_parser"]["missing_tokens"] == ["?"]
    assert found["source_parser"]["locale"]
    assert Fields(made).field_id("species") == "000004"


def p2_sources_of_all_kinds(case: Case) -> None:
    with (case.data / "iris.csv").open() as lines:
        rows = list(csv.reader(lines))
    objects = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    stream = io.BytesIO((case.data / "iris.csv").read_bytes())
    for given in (objects, rows, stream):
        assert len(case.ready(case.api.create_source(given))["object"]["fields"]) == 5
    first, second = case.source(), case.source()
    copy = case.ready(case.api.clone_source(first))
    assert copy["object"]["origin"] == first["resource"]
    together = case.ready(case.api.create_source([first["resource"], second["resource"]]))
    assert together["object"]["sources"] == [each["resource"].replace("source/", "") for each in (first, second)]


def p3_dataset_and_its_file(case: Case) -> None:
    dataset = case.dataset()
    assert (dataset["object"]["rows"], dataset["object"]["objective_field"]["id"]) == (150, "000004")
    assert case.api.download_dataset(dataset, filename="out.csv") == "out.csv"
    assert Path("out.csv").read_bytes() == (case.data / "iris.csv").read_bytes()
    stream = case.api.download_dataset(dataset)
    assert stream.read() == (case.data / "iris.csv").read_bytes()


def p4_summary_of_fields(case: Case) -> None:
    Fields(case.dataset()).summary_csv(filename="summary.csv")
    found, expected = (
        list(csv.reader(path.open())) for path in (Path("summary.csv"), case.data / "fields_summary.csv")
    )
    assert found == expected


def p5_predictions_remote_and_local(case: Case) -> None:
    model = case.model()
    local = Model(model["resource"], api=case.api)
    for inputs, expected in INPUTS:
        remote = case.api.create_prediction(model["resource"], inputs)
        assert remote["code"] == 201, remote
        found, here = remote["object"], local.predict(inputs, full=True)
        assert found["prediction"]["000004"] == found["output"] == expected == here["prediction"]
        for name in ("confidence", "probability"):
            assert abs(found[name] - here[name]) < 1e-5, (name, found[name], here[name])


def p6_evaluation(case: Case) -> None:
    model = case.model()
    made = case.ready(case.api.create_evaluation(model, model["object"]["dataset"]))
    assert made["object"]["result"]["model"]["average_phi"] == 1
    loaded = Evaluation(made["object"])
    assert (loaded.accuracy, loaded.f_measure, loaded.phi) == (1, 1, 1)
    assert loaded.confusion_matrix == [[50, 0, 0], [0, 50, 0], [0, 0, 50]]
    assert Evaluation(made["resource"], api=case.api).classes == loaded.classes


def p7_batch_prediction(case: Case) -> None:
    model = case.model()
    made = case.ready(case.api.create_batch_prediction(model, model["object"]["dataset"]))
    case.api.download_batch_prediction(made, filename="predictions.csv")
    lines = Path("predictions.csv").read_text().splitlines()
    labels = [line.rsplit(",", 1)[1] for line in (case.data / "iris.csv").read_text().splitlines()]
    assert lines == labels
    assert lines[0] == "species"
    again = case.ready(case.api.source_from_batch_prediction(made))
    assert [each["name"] for each in again["object"]["fields"].values()] == ["species"]


def p8_samples_of_datasets(case: Case) -> None:
    id = case.dataset()["resource"]
    for origin, arguments, rows in (
        (id, {"sample_rate": 0.8}, 120),
        ([id], {"sample_rates": {id: 0.2}}, 30),
        ([id, {"id": id, "sample_rate": 0.3}], {}, 195),
    ):
        assert case.ready(case.api.create_dataset(origin, arguments))["object"]["rows"] == rows


def p9_missing_values_and_errors(case: Case) -> None:
    source = case.source("iris_missing.csv")
    assert case.api.update_source(source, {"fields": {"000000": {"optype": "numeric"}}})["code"] == 202
    dataset = case.ready(case.api.create_dataset(source), "limit=-1")
    assert Fields(dataset).missing_counts() == {"000000": 1}
    assert case.api.error_counts(dataset) == {"000000": 1}


def p13_life_of_a_project(case: Case) -> None:
    made = case.api.create_project({"name": "P13"})
    assert (made["code"], made["object"]["name"]) == (201, "P13")
    changed = case.api.update_project(made, {"name": "changed"})
    assert (changed["code"], changed["object"]["name"]) == (202, "changed")
    assert case.api.get_project(made)["object"]["name"] == "changed"
    assert case.api.delete_project(made)["code"] == 204
    assert case.api.get_project(made)["code"] == 404
    assert case.api.delete_project(made)["code"] == 404


def p14_lists_of_projects(case: Case) -> None:
    tag = f"P14 {time.time()}"
    for name in ("Aa", "bB", "ab", "cc"):
        case.api.create_project({"name": name, "tags": [tag, name]})

    def names(query: str) -> list:
        listed = case.api.list_projects(query)
        assert listed["code"] == 200, listed
        return [each["name"] for each in listed["objects"]]

    assert names(f"limit=2&offset=2&tags__in={tag}") == ["bB", "Aa"]
    assert names(f"tags__in={tag}&order_by=-name") == ["cc", "bB", "ab", "Aa"]
    assert names(f"tags={tag}&name__icontains=B&order_by=name") == ["ab", "bB"]
    assert names(f"tags={tag}&!name__in=cc,Aa&order_by=name") == ["ab", "bB"]
    listed = case.api.list_projects(f"limit=2&offset=1&tags__in={tag}")
    meta = listed["meta"]
    assert (meta["limit"], meta["offset"], meta["query_total"]) == (2, 1, 4)
    assert meta["total_count"] >= 4
    assert "offset=0" in meta["previous"]
    assert "offset=3" in meta["next"]
    assert case.api.list_projects("limit=201")["code"] == 400


def p15_wrong_key(case: Case) -> None:
    project = case.api.create_project({"name": "P15"})["resource"]
    wrong = BigML("tester", "f" * 40, domain=case.domain)
    answers = (
        wrong.list_projects(),
        wrong.get_project(project),
        wrong.create_project({"name": "x"}),
        wrong.delete_project(project),
        wrong.create_source(str(case.data / "iris.csv")),
    )
    for answer in answers:
        assert answer["code"] == 401, answer
        assert answer["error"]["status"]["message"]
    assert case.api.get_project(project)["object"]["name"] == "P15"


def p16_webhook(case: Case) -> None:
    messages: list = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
            messages.append(SimpleNamespace(meta=meta, body=body))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return None

    server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hook = {"url": f"http://127.0.0.1:{server.server_address[1]}/path", "secret": "mysecret"}
    made = case.ready(case.api.create_model(case.dataset(), {"webhook": hook}))
    until = time.monotonic() + 20
    while case.api.get_model(made)["object"]["webhook"]["delivery"]["status"] != "delivered":
        assert time.monotonic() < until, case.api.get_model(made)["object"]["webhook"]
        time.sleep(0.1)
    (message,) = messages
    assert check_signature(message, "mysecret")
    assert not check_signature(message, "another")
    told = json.loads(message.body)
    assert (told["resource"], told["event"]) == (made["resource"], "finished")


def p17_public_and_shared(case: Case) -> None:
    dataset = case.dataset()
    assert case.api.update_dataset(dataset, {"private": False})["code"] == 202
    public = case.api.get_dataset(f"public/{dataset['resource']}")
    assert (public["code"], public["object"]["status"]["code"]) == (200, 5)
    model = case.ready(case.api.create_model(dataset))
    shared = case.api.update_model(model, {"shared": True, "shared_clonable": True})["object"]
    found = case.api.get_model(f"shared/model/{shared['shared_hash']}")
    assert (found["code"], found["object"]["status"]["code"]) == (200, 5)
    copy = case.ready(case.api.clone_model(model["resource"]))
    assert copy["object"]["origin"] == model["resource"]
    white = case.api.update_model(model, {"private": False, "white_box": True})
    assert white["code"] == 202
    assert Model(f"public/{model['resource']}", api=case.api).predict({"petal length": 1}) == "Iris-setosa"


def p18_export_and_work_offline(case: Case) -> None:
    model = case.model(tags=["P18"])
    case.api.export(model["resource"], filename="model.json")
    case.api.export_last("P18", filename="last.json")
    nowhere = BigML(domain=Domain(domain="127.0.0.1:9", protocol="http", prediction_domain="127.0.0.1:9"))
    for name in ("model.json", "last.json"):
        local = Model(name, api=nowhere)
        for inputs, expected in INPUTS:
            assert local.predict(inputs) == expected


def tasks(case: Case) -> None:
    status = case.api.get_tasks_status()
    assert status["error"] is None
    assert status["available_tasks"] == status["max_tasks"] - status["tasks"]


CASES = {
    name: each for name, each in globals().items() if (name.startswith("p") and name[1].isdigit()) or name == "tasks"
}

if __name__ == "__main__":
    name, url, data, folder = sys.argv[1:]
    os.chdir(folder)
    CASES[name](Case(url, Path(data)))
