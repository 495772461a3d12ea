"""The one error of the quiz package."""


class QuizError(ValueError):
    """A quiz file or call that cannot be used. The text says what was found and expected, and what to do."""
