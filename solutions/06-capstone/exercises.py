"""The checks of this lesson: cases to try, and the mistakes that people make, as edits of the solution."""

import numpy as np

from lessonlib.checks import Budget, Exercise, Explanation, Goal, Mistake


def accuracies(rng):
    """Accuracies from poor to perfect, on few rows and on many."""
    cases = [(0.96, 300), (1.0, int(rng.integers(100, 500)))]
    for most in (20, 100, 400, 1500, 5000):
        cases.append((round(rng.uniform(0.2, 0.95), 3), int(rng.integers(most // 2, most))))
    return cases


standard_error = Exercise(
    points=2,
    cases=accuracies,
    tolerance=1e-9,
    mistakes=[
        Mistake(
            "(accuracy * (1 - accuracy) / rows) ** 0.5",
            "accuracy * (1 - accuracy) / rows",
            says="This is the variance. The standard error is its square root.",
        ),
        Mistake(
            "(accuracy * (1 - accuracy) / rows) ** 0.5",
            "(accuracy * (1 - accuracy)) ** 0.5 / rows",
            says="The rows stand under the root too. Otherwise the error would fall as fast as the rows grow.",
        ),
        Mistake(
            "(accuracy * (1 - accuracy) / rows) ** 0.5",
            "(accuracy * (1 - accuracy)) ** 0.5",
            says="This does not depend on the rows. More rows make an accuracy surer.",
        ),
        Mistake(
            "(accuracy * (1 - accuracy) / rows) ** 0.5",
            "(accuracy / rows) ** 0.5",
            says="The factor 1 - accuracy is missing. An accuracy of 1 would have the largest error of all.",
        ),
        Mistake(
            "(accuracy * (1 - accuracy) / rows) ** 0.5",
            "(accuracy * (1 - accuracy) * rows) ** 0.5",
            says="This is the error of the *number* of right rows. For their share, divide by the rows.",
        ),
        Mistake(
            "(accuracy * (1 - accuracy) / rows) ** 0.5",
            "(1 - accuracy) / rows",
            says="Look at the formula in part 6 again: a root, and both accuracy and 1 - accuracy under it.",
        ),
        Mistake(
            "(accuracy * (1 - accuracy) / rows) ** 0.5",
            "1.96 * (accuracy * (1 - accuracy) / rows) ** 0.5",
            says="This is half the width of a 95 % interval. The standard error is asked for, without the factor.",
        ),
    ],
    hints=[
        "The formula stands in part 6, under *How sure is an accuracy?*",
        "p is `accuracy`, n is `rows`. A square root can be written as `** 0.5`.",
        "Put the whole fraction in brackets before you take its root.",
    ],
    also_right=[
        "import math\n\n\ndef standard_error(accuracy, rows):\n    return math.sqrt(accuracy * (1 - accuracy)) / math.sqrt(rows)",
        "def standard_error(accuracy, rows):\n    return np.sqrt((accuracy - accuracy**2) / rows)",
    ],
)


def matrices(rng):
    """Confusion matrices, in each a class that is mostly taken for another, and one that has no rows."""
    cases = [(np.array([[3, 1, 0], [2, 1, 4], [0, 0, 0]]),)]
    for classes, rows in ((3, 12), (4, 25), (5, 40), (10, 90)):
        truth = rng.integers(0, classes - 1, rows)  # the last class never is the truth
        answers = np.where(rng.random(rows) < 0.6, truth, rng.integers(0, classes, rows))
        answers[truth == 0] = np.where(rng.random(np.sum(truth == 0)) < 0.8, 1, 0)
        matrix = np.zeros((classes, classes), int)
        np.add.at(matrix, (truth, answers), 1)
        cases.append((matrix,))
    return cases


SHARES = "np.diagonal(matrix) / np.maximum(rows, 1)"

recalls = Exercise(
    points=2,
    cases=matrices,
    tolerance=1e-9,
    mistakes=[
        Mistake(
            "matrix.sum(axis=1)",
            "matrix.sum(axis=0)",
            says="You divide by the sum of a column: all rows that were *answered* so. That share is called precision. Recall asks about all rows that truly are of the class.",
            catches="confusion-matrix-upside-down",
        ),
        Mistake(
            SHARES,
            "np.diagonal(matrix) / matrix.sum(axis=0)",
            says="You divide by the sum of a column, which may even be 0. That share is called precision: of all rows *answered* so. Recall asks about the rows that truly are of the class.",
            catches="confusion-matrix-upside-down",
        ),
        Mistake(
            SHARES,
            "np.diagonal(matrix) / matrix.sum()",
            says="You divide by the number of all rows. Each class has a number of rows of its own.",
        ),
        Mistake(
            SHARES,
            "np.diagonal(matrix)",
            says="These are counts. A share is asked for: of how many rows?",
        ),
        Mistake(
            SHARES,
            "np.diagonal(matrix) / rows",
            says="A class that has no rows divides 0 by 0, and gets nan. Its recall shall be 0.",
        ),
        Mistake(
            SHARES,
            "np.diagonal(matrix).sum() / matrix.sum()",
            says="This is one number for all classes: the accuracy. Each class has a recall of its own.",
        ),
        Mistake(
            SHARES,
            f"({SHARES}).mean()",
            says="You took the mean over the classes. Return the recall of each.",
        ),
        Mistake(
            SHARES,
            "matrix.max(axis=1) / np.maximum(rows, 1)",
            says="You took the largest number of each row. A class can be confused more often than it is found: take the diagonal.",
        ),
        Mistake(
            SHARES,
            f"1 - {SHARES}",
            says="This is the share that was confused. Recall is the share that was found.",
        ),
        Mistake(
            SHARES,
            "np.diagonal(matrix) / len(matrix)",
            says="You divide by the number of classes. Divide by the number of rows of each class.",
        ),
    ],
    hints=[
        "Where in the matrix are the rows that were found? And how many rows of a class are there in all?",
        "The diagonal is `np.diagonal(matrix)`. All rows of a class stand in one row of the matrix: `matrix.sum(axis=1)`.",
        "Divide the one by the other. `np.maximum(…, 1)` keeps you from dividing by 0: where there are no rows, 0 / 1 is 0.",
    ],
    also_right=[
        "def recalls(matrix):\n"
        "    found = np.zeros(len(matrix))\n"
        "    for digit, row in enumerate(matrix):\n"
        "        if row.sum() > 0:\n"
        "            found[digit] = row[digit] / row.sum()\n"
        "    return found",
        "def recalls(matrix):\n"
        "    shares = [matrix[i, i] / sum(matrix[i]) if sum(matrix[i]) else 0 for i in range(len(matrix))]\n"
        "    return np.array(shares)",
    ],
)


def other_cuts(rng):
    return [Budget("load_digits", seed=int(seed), updates=40) for seed in rng.integers(0, 2**31, 3)]


my_plan = Exercise(
    points=6,
    cases=other_cuts,
    goals=[Goal("accuracy", at_least=bound) for bound in (0.6, 0.8, 0.9, 0.93)],
    mistakes=[
        Mistake(
            "keras.optimizers.Adam(learning_rate=0.01)",
            "keras.optimizers.SGD(0.01)",
            says="Plain SGD with small steps gets nowhere in forty updates. Make each step longer.",
        ),
        Mistake(
            "keras.optimizers.Adam(learning_rate=0.01)",
            "keras.optimizers.Adam(1.0)",
            says="The steps are so long that the weights are thrown about. Look at the loss in the explorer of part 4.",
        ),
        Mistake(
            "keras.optimizers.Adam(learning_rate=0.01)",
            "keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 5))",
            says="The learning rate is down at zero after five updates. The other thirty-five change nothing.",
        ),
        Mistake(
            "return mine, 256",
            "return mine, 1",
            says="Batches of one row: forty updates show the model forty rows. Take more rows in each.",
            catches="small-batches-always-better",
        ),
        Mistake(
            'keras.layers.Dense(128, "relu")',
            'keras.layers.Dense(1, "relu")',
            says="All that the output layer learns of the image has to pass through a single unit. Give it more.",
        ),
        Mistake(
            'keras.layers.Dense(128, "relu")',
            'keras.layers.Dense(128, "relu", kernel_initializer="zeros")',
            says="All hidden units start alike, with zeros, and so they never learn. Leave the first weights to chance.",
            catches="zeros-are-a-fair-start",
        ),
        Mistake(
            "hidden, ",
            "",
            says="Without a hidden layer, each pixel can only vote for or against a digit, alone. Let units look at several.",
        ),
    ],
    hints=[
        "Take the first plan, and the explorer of part 4. Which two settings carried you furthest?",
        "Only updates are counted. So a larger batch costs nothing, and allows a larger step.",
        "An optimizer that adapts its steps, batches of 128 or more, and 64 hidden units or more reach the last goal.",
    ],
    also_right=[
        "def my_plan():\n"
        "    layers = [keras.Input((64,)), keras.layers.Dense(256, activation='relu'), keras.layers.Dense(10, 'softmax')]\n"
        "    model = keras.Sequential(layers)\n"
        "    model.compile(keras.optimizers.SGD(0.2, momentum=0.9), 'sparse_categorical_crossentropy')\n"
        "    return model, 256",
        "def my_plan():\n"
        "    layers = [keras.Input((64,)), keras.layers.Dense(128, activation='tanh'), keras.layers.Dense(10)]\n"
        "    model = keras.Sequential(layers)\n"
        "    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)\n"
        "    model.compile(keras.optimizers.Adam(0.02), loss)\n"
        "    return model, 512",
    ],
)

report = Explanation(
    points=4,
    looks_for=[
        "the plan, with every setting that somebody needs to repeat it: layers, optimizer, learning rate, batch size, updates",
        "why it was chosen: plans compared on the validation rows, by the mean over several starts",
        "the test accuracy, opened once, with its spread over starts or its standard error",
        "one thing that did not work, with a reason that fits what was seen",
        "a limit of the number: other handwriting, other costs than updates, luck",
    ],
    half="I used one hidden layer with 128 units, Adam with learning rate 0.01 and batches of 256. I tried different "
    "batch sizes and this one had the best validation accuracy. On the test rows the accuracy is 0.96. SGD did not work.",
    none="My model is very good. I tried a lot of settings until the test accuracy was as high as possible, and the best "
    "one was 0.98. This proves that my plan is the best one for recognising digits.",
)
