"""The state of an account. Source: BigML.io API documentation, and what its Python bindings read of it."""

from starlette.responses import Response

from graph.resolvers.job import tasks
from graph.rest.bigml.wire import answer
from graph.rest.dialect import Call


async def show_status(call: Call) -> Response:
    """Answers how many tasks the caller has, and how many there may be. Nothing costs anything here."""
    found = await tasks(call.context)
    return answer(
        {
            "code": 200,
            "username": call.context.caller.name,
            "tasks": found.waiting + found.running,
            "tasks_in_progress": found.running,
            "credits": 0,
            "subscription": {"max_tasks": call.context.services.settings.queue_limit, "plan": "unlimited"},
        }
    )
