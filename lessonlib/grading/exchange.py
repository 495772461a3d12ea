"""`nbgrader collect`, guarded: what somebody else has put into the exchange under a student's name is not taken.

Everybody may write into the exchange's folder `inbound`, and the name of a submission is only claimed; its owner is
known to the system. nbgrader warns when they differ and takes it all the same, in place of the student's own.
"""

import datetime
import os
import shutil
from pathlib import Path

from nbgrader.exchange.default.collect import ExchangeCollect

from lessonlib.grading import late, submission
from lessonlib.grading.collect import STUDENT

UNDER_WAY = datetime.timedelta(minutes=5)  # that copying may take, and clocks may differ


class GuardedCollect(ExchangeCollect):
    """Collects the newest submission that its student owns. What it replaces is kept in grading/earlier."""

    def _path_to_record(self, path):
        """What the name of a folder says. nbgrader stops at the first that says nothing, and collects nobody's."""
        name = os.path.basename(path)
        student, _, said, *_ = [*name.rsplit("+", 3), "", "", ""]
        when = late.when(said)
        return {"username": student if when else "", "filename": name, "timestamp": when or datetime.datetime.min}

    def _sort_by_timestamp(self, records):
        """Newest first; what another has put there, or holds links or devices, only when there is nothing else."""
        problems = {record["filename"]: self._problem(record) for record in records}
        for name, problem in problems.items():
            if problem:
                self.log.error(
                    "%s is held: %s. Nothing of it was collected; look at it, and ask the student",
                    os.path.join(self.inbound_path, name), problem,
                )  # fmt: skip
        good = [record for record in records if not problems[record["filename"]]]
        return super()._sort_by_timestamp(good or records)

    def copy_files(self):
        self.src_records = [record for record in self.src_records if not self._problem(record)]
        for record in self.src_records:
            self._keep(record)
        super().copy_files()

    def _keep(self, record):
        """What was collected before is about to be removed."""
        course, student = self.coursedir, record["username"]
        place = course.format_path(course.submitted_directory, student, course.assignment_id)
        if os.path.isdir(place):
            before = course.get_existing_timestamp(place)
            stem = before.strftime("%Y%m%d-%H%M%S") if before else "before"
            earlier = Path(course.root) / "grading" / "earlier" / course.assignment_id / student / stem
            if not earlier.exists():
                shutil.copytree(place, earlier, symlinks=True)

    def do_copy(self, src, dest, log=None):
        """Only what is no link, as it is now: it lies where the student can still change it."""
        contents = submission.contents(src)
        for path, content in contents.items():
            file = os.path.join(dest, path)
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "wb") as opened:
                opened.write(content)
        said, arrived = _said(contents), _arrived(src, contents)
        if said is None or said < arrived - UNDER_WAY:
            self.log.warning("%s says that it was handed in at %s, and was last changed at %s, which counts",
                             src, said or "no time", arrived)  # fmt: skip
            said = arrived
        with open(os.path.join(dest, "timestamp.txt"), "w", encoding="ascii") as opened:
            opened.write(f"{said:%Y-%m-%d %H:%M:%S.%f} UTC")

    def _problem(self, record):
        """Why a submission is not to be collected, "" when nothing is against it."""
        path = os.path.join(self.inbound_path, record["filename"])
        if not STUDENT.fullmatch(record["username"]):
            return "its name does not say whose it is, and when it was handed in"
        if self.check_owner:
            import pwd  # not on Windows, where students use the exchange, but nobody collects

            try:
                owner = pwd.getpwuid(os.lstat(path).st_uid).pw_name
            except KeyError:
                owner = "nobody that this system knows"
            if owner != record["username"]:
                return f"it claims to be of {record['username']!r} and belongs to {owner!r}"
        try:
            submission.contents(path)
        except submission.Refused as refused:
            return str(refused)
        return ""


def _said(contents):
    """When a submission says that it was handed in, or None. Its student has written that."""
    return late.when(contents.get("timestamp.txt", b"").decode("ascii", "replace").strip())


def _arrived(folder, contents):
    """When anything of a submission was last changed: the system has written that, and no student can set it back."""
    paths = [folder, *(os.path.join(folder, path) for path in contents)]
    last = max(os.lstat(path).st_ctime for path in paths)
    return datetime.datetime.fromtimestamp(last, datetime.UTC).replace(tzinfo=None)
