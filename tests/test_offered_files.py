"""What pages offer for download, while others work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import pytest
from streamlit import runtime
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.scriptrunner import ScriptRunContext, add_script_run_ctx
from streamlit.testing.v1 import AppTest

from planner.pages.shared import offered_files

T = TypeVar("T")


class Clock:
    """Seconds that the test says."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(offered_files, "monotonic", found)
    return found


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> MediaFileManager:
    """The store of a server that has drawn a page."""
    found = MediaFileManager(MemoryMediaFileStorage("/media"))

    class Server:
        media_file_mgr = found

    monkeypatch.setattr(runtime, "get_instance", Server)
    offered_files.keep()
    return found


def seen_by(visit: str, does: Callable[[], T]) -> T:
    """What a run of somebody's page does."""

    class Context:
        session_id = visit

    given: list[T] = []
    run = threading.Thread(target=lambda: given.append(does()))
    add_script_run_ctx(run, cast(ScriptRunContext, Context()))
    run.start()
    run.join()
    return given[0]


def offered(files: MediaFileManager, visit: str, content: bytes = b"a,b\n1,2\n") -> str:
    """A run that draws one button."""

    def draw() -> str:
        files.clear_session_refs()
        return files.add_deferred(lambda: content, "text/csv", "0.1", "facts.csv")

    found = seen_by(visit, draw)
    files.remove_orphaned_files()
    return found


def name(address: str) -> str:
    return address.rpartition("/")[2].partition(".")[0]


def test_what_one_presses_is_made_though_another_run_ends_meanwhile(files: MediaFileManager) -> None:
    button = offered(files, "one")
    seen_by("one", files.clear_session_refs)  # the run that the press begins
    offered(files, "another")
    assert files.execute_deferred(button)


def test_what_was_made_is_there_though_others_run_before_it_is_fetched(
    files: MediaFileManager, clock: Clock
) -> None:
    made = name(files.execute_deferred(offered(files, "one")))
    for _ in range(5):
        clock.now += 10
        offered(files, "another")
    found = files.read_file(made)
    assert found is not None
    assert found.content == b"a,b\n1,2\n"


def test_what_nobody_refers_to_is_let_go_in_the_end(files: MediaFileManager, clock: Clock) -> None:
    button = offered(files, "one")
    made = name(files.execute_deferred(button))
    files.clear_session_refs("one")
    files.remove_orphaned_files()
    clock.now += 60
    files.remove_orphaned_files()
    assert files.read_file(made) is None
    with pytest.raises(MediaFileStorageError):
        files.execute_deferred(button)


def test_a_page_that_nobody_touches_keeps_its_buttons(files: MediaFileManager, clock: Clock) -> None:
    button = offered(files, "one")
    for _ in range(3):
        clock.now += 1000
        offered(files, "another")
    assert files.execute_deferred(button)


def test_a_file_that_is_made_again_stays_as_long_as_the_first_time(
    files: MediaFileManager, clock: Clock
) -> None:
    button = offered(files, "one")
    made = name(files.execute_deferred(button))
    files.remove_orphaned_files()
    clock.now += 59
    assert name(files.execute_deferred(button)) == made
    clock.now += 10
    files.remove_orphaned_files()
    assert files.read_file(made) is not None
    clock.now += 60
    files.remove_orphaned_files()
    assert files.read_file(made) is None


def answer() -> ForwardMsg:
    found = ForwardMsg()
    found.backend_operation_response.deferred_file.url = "/media/1.csv"
    return found


def drawn() -> ForwardMsg:
    found = ForwardMsg()
    found.delta.new_element.text.body = "drawn"
    return found


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("part", [None, ["a part"]])
def test_a_run_that_begins_takes_no_answer_back(part: list[str] | None) -> None:
    queue = ForwardMsgQueue()
    queue.enqueue(drawn())
    queue.enqueue(answer())
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=part)
    assert [each for each in queue.flush() if each.HasField("backend_operation_response")] == [answer()]
    assert queue.flush() == []


@pytest.mark.usefixtures("files")
def test_a_run_that_begins_takes_back_what_it_draws_again() -> None:
    queue = ForwardMsgQueue()
    queue.enqueue(drawn())
    queue.clear(retain_lifecycle_msgs=True)
    assert queue.flush() == []


def test_the_store_is_taken_over_once(files: MediaFileManager) -> None:
    button = offered(files, "one")
    files.clear_session_refs("one")
    files.remove_orphaned_files()
    offered_files.keep()
    assert isinstance(files, offered_files.OfferedFiles)
    assert files.execute_deferred(button)


def test_every_page_of_a_server_keeps_what_it_offers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForwardMsgQueue, "clear", offered_files._forgets)
    app = AppTest.from_file(str(Path(__file__).parent.parent / "app.py"), default_timeout=60).run()
    assert not app.exception
    assert ForwardMsgQueue.clear is offered_files._forgets_no_answer
