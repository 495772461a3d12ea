"""`nbgrader collect`, guarded: what somebody else has put into the exchange under a student's name is not taken.

Everybody may write into the exchange's folder `inbound`, and the name of a submission is only claimed; its owner is
known to the system. nbgrader warns when they differ and takes it all the same, in place of the student's own.
"""

import os
import shutil
from pathlib import Path

from nbgrader.exchange.default.collect import ExchangeCollect

from lessonlib.grading import submission


class GuardedCollect(ExchangeCollect):
    """Collects the newest submission that its student owns. What it replaces is kept in grading/earlier."""

    def _sort_by_timestamp(self, records):
        """Newest first, but the student's own before all others, and before what holds links or devices."""
        newest_first = super()._sort_by_timestamp(records)
        return sorted(newest_first, key=lambda record: bool(self._problem(record)))

    def copy_files(self):
        taken = []
        for record in self.src_records:
            if problem := self._problem(record):
                self.log.error(
                    "%s is held: %s. Nothing of it was collected; look at it, and ask the student",
                    os.path.join(self.inbound_path, record["filename"]), problem,
                )  # fmt: skip
            else:
                taken.append(record)
                self._keep(record)
        self.src_records = taken
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

    def _problem(self, record):
        """Why a submission is not to be collected, "" when nothing is against it."""
        path = os.path.join(self.inbound_path, record["filename"])
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
