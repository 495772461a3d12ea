"""What students get to read in nbgrader's feedback."""

from nbconvert.preprocessors import Preprocessor
from nbgrader.utils import is_grade


class CutTracebacks(Preprocessor):
    """Leave only the last line of an error in a graded cell: the lines above it are the grader's own code."""

    def preprocess_cell(self, cell, resources, cell_index):
        if is_grade(cell) and cell.cell_type == "code":
            for output in cell.outputs:
                if output.output_type == "error":
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources
