"""Files behind buttons, kept until whoever pressed one has had the time to fetch it.

At the end of each run, of anybody, Streamlit forgets every file and every making of a file that no page
refers to at that moment. A page that is being run refers to nothing yet, and to a file that was made at a
press no page refers at all: of people who work at once, one would lose what the run of another takes away.
And where a run begins, it forgets what is still to be sent of the run before, and with it the answer that
says where the file is that was asked for a moment ago: the press would have no effect.
"""

from __future__ import annotations

from time import monotonic
from typing import cast

from streamlit import runtime
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.media_file_manager import MediaFileManager

KEPT_SECONDS = 60.0
"""How long a file stays after the last page that referred to it."""


class OfferedFiles(MediaFileManager):
    """Streamlit's store of what pages offer, which lets go of what nobody has referred to for a while."""

    _unused: dict[str, tuple[object, float]]

    def remove_orphaned_files(self) -> None:
        """Lets go of what no page has referred to for `KEPT_SECONDS`; a file made anew counts as new."""
        now = monotonic()
        with self._lock:
            used = {each for files in self._files_by_session_and_coord.values() for each in files.values()}
            known: dict[str, object] = {**self._file_metadata, **self._deferred_callables}
            before, self._unused = self._unused, {}
            for each in known.keys() - used:
                seen, since = before.get(each, (None, now))
                if seen is not known[each]:
                    since = now
                if now - since < KEPT_SECONDS:
                    self._unused[each] = known[each], since
                elif each in self._file_metadata:
                    self._delete_file(each)
                else:
                    self._drop_deferred_id(each)


_forgets = ForwardMsgQueue.clear


def _forgets_no_answer(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    """Lets go of what is still to be sent, which a new run draws again; an answer no run gives again."""
    before = queue._queue
    _forgets(queue, retain_lifecycle_msgs, fragment_ids_this_run)
    if retain_lifecycle_msgs and fragment_ids_this_run is None:  # the run of a part leaves them itself
        queue._queue += [each for each in before if each.HasField("backend_operation_response")]


def keep() -> None:
    """Has the server keep what its pages offer and answer, for all visits."""
    ForwardMsgQueue.clear = _forgets_no_answer  # type: ignore[assignment, method-assign]
    manager = runtime.get_instance().media_file_mgr
    if type(manager) is MediaFileManager:
        ours = cast(OfferedFiles, manager)
        ours._unused = {}
        ours.__class__ = OfferedFiles  # Streamlit makes it itself and lets nobody say of which kind
