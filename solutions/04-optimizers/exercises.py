"""The checks of this lesson: cases to try, and the mistakes that people make, as edits of the solution."""

import numpy as np

from lessonlib.checks import Exercise, Mistake

BORDER = "2 * (1 + momentum) / max(curvatures)"

largest_stable_rate = Exercise(
    points=2,
    cases=[
        ([1.0, 25.0], 0.0),
        ([40.0, 2.0, 8.0], 0.0),
        ([0.5, 0.2], 0.0),
        ([3.0, 12.0, 5.0, 7.0], 0.9),
        ([0.1, 10.0], 0.5),
        ([6.0], 0.99),
    ],
    mistakes=[
        Mistake(
            BORDER, "2 * (1 + momentum) / min(curvatures)",
            says="You took the flattest direction. The path flies out in the steepest one first.",
        ),
        Mistake(
            BORDER, "2 * (1 + momentum) / curvatures[-1]",
            says="You took the last direction. The steepest may stand anywhere in the list.",
        ),
        Mistake(
            BORDER, "2 * (1 + momentum) / curvatures[0]",
            says="You took the first direction. The steepest may stand anywhere in the list.",
        ),
        Mistake(
            BORDER, "2 * (1 + momentum) / np.mean(curvatures)",
            says="You took the mean curvature. One steep direction is enough to fly out, however flat the others are.",
        ),
        Mistake(
            BORDER, "2 * (1 + momentum) / sum(curvatures)",
            says="You added the curvatures up. The directions do not disturb each other: the steepest one decides alone.",
        ),
        Mistake(
            BORDER, "(1 + momentum) / max(curvatures)",
            says="At half of the border the step leads exactly to the bottom of the steep direction. It may still be twice as long.",
        ),
        Mistake(
            BORDER, "2 / max(curvatures)",
            says="This is the border without momentum. Where does the momentum come in?",
        ),
        Mistake(
            BORDER, "2 / (1 + momentum) / max(curvatures)",
            says="You divided by 1 + momentum. Momentum moves the border out, not in.",
        ),
        Mistake(
            BORDER, "2 * (1 - momentum) / max(curvatures)",
            says="1 − momentum makes the border smaller. Momentum moves it out.",
        ),
        Mistake(
            BORDER, "max(curvatures) / 2 * (1 + momentum)",
            says="You have turned the fraction upside down. A steeper bowl allows a smaller rate.",
        ),
    ],
    hints=[
        "Which of the directions is the first in which the steps get longer and longer?",
        "The border without momentum is 2/L, where L is the largest curvature: `max(curvatures)`.",
        "Multiply that by `1 + momentum`.",
    ],
    also_right=[
        "def largest_stable_rate(curvatures, momentum):\n"
        "    return min(2 * (1 + momentum) / curvature for curvature in curvatures)",
        "def largest_stable_rate(curvatures, momentum):\n"
        "    return float((2 + 2 * momentum) / np.sort(curvatures)[-1])",
    ],
)  # fmt: skip


def steps_with_momentum(rng):
    """Steps from many states, one of them at rest, one without momentum."""
    cases = [(np.array([1.0, -2.0]), np.zeros(2), np.array([0.5, 4.0]), 0.1, 0.9)]
    for momentum in (0.9, 0.5, 0.0, 0.99, 0.8):
        p, m, g = rng.normal(size=(3, 2)).round(2)
        cases.append((p, m, g, float(rng.choice([0.01, 0.05, 0.2, 0.5])), momentum))
    return cases


momentum_step = Exercise(
    points=2,
    cases=steps_with_momentum,
    mistakes=[
        Mistake(
            "momentum * m - learning_rate * g", "momentum * m + learning_rate * g",
            says="The gradient points uphill. The step goes against it.",
        ),
        Mistake(
            "momentum * m - learning_rate * g", "m - learning_rate * g",
            says="The old step is kept whole. Only the share `momentum` of it may stay.",
        ),
        Mistake(
            "momentum * m - learning_rate * g", "-learning_rate * g",
            says="This is plain SGD: the old `m` is forgotten. Keep the share `momentum` of it.",
        ),
        Mistake(
            "momentum * m - learning_rate * g", "momentum * m - (1 - momentum) * learning_rate * g",
            says="The new gradient is made smaller by 1 − momentum. Adam's m is built like that. Here the gradient counts in full.",
        ),
        Mistake(
            "momentum * m - learning_rate * g", "momentum * (m - learning_rate * g)",
            says="Momentum multiplies the old step only, not the new gradient.",
        ),
        Mistake(
            "momentum * m - learning_rate * g", "momentum * m - g",
            says="The learning rate is missing.",
        ),
        Mistake(
            "return p + m, m", "return p - m, m",
            says="`m` already points downhill: it holds minus the gradient. So it is added.",
        ),
        Mistake(
            "return p + m, m", "return p + learning_rate * m, m",
            says="The learning rate is used twice. It is inside `m` already.",
        ),
        Mistake(
            "return p + m, m", "return m, p + m",
            says="The two are in the wrong order: first the new p, then the new m.",
        ),
        Mistake(
            "return p + m, m", "return p + m",
            says="This is one value only. Return the new p and the new m, with a comma between them.",
        ),
        Mistake(
            "return p + m, m", "return p - learning_rate * g, m",
            says="`m` is right, but p does not use it. The move is the whole m.",
        ),
        Mistake(
            "    m = momentum * m - learning_rate * g\n    return p + m, m",
            "    return p + m, momentum * m - learning_rate * g",
            says="p is moved by the old m. First find the new m, then move p by it.",
        ),
    ],
    hints=[
        "There are two lines: one for m, and one for p.",
        "The new m is the old one times `momentum`, minus the gradient times the learning rate.",
        "The new p is the old one plus the new m. Return both, with a comma between them.",
    ],
    also_right=[
        "def momentum_step(p, m, g, learning_rate, momentum):\n"
        "    new = np.subtract(np.multiply(momentum, m), np.multiply(learning_rate, g))\n"
        "    return [np.add(p, new), new]",
        "def momentum_step(p, m, g, learning_rate, momentum):\n"
        "    step = learning_rate * g - momentum * m\n"
        "    return p - step, -step",
    ],
)  # fmt: skip


def varied_walks(rng):
    """Four steps with two parameters, whose gradients change in sign and size; epsilon large enough to be seen."""
    cases = []
    for learning_rate, beta_1, beta_2, epsilon in (
        (0.1, 0.9, 0.999, 0.01),
        (0.01, 0.8, 0.99, 0.1),
        (0.5, 0.5, 0.9, 0.05),
        (0.2, 0.9, 0.95, 0.2),
    ):
        gradients = [(rng.normal(size=2) * [1.0, 0.2]).round(3) for _ in range(4)]
        cases.append((rng.normal(size=2).round(2), gradients, learning_rate, beta_1, beta_2, epsilon))
    return cases


M = "m = beta_1 * m + (1 - beta_1) * g\n"
V = "v = beta_2 * v + (1 - beta_2) * g**2"
M_HAT, V_HAT = "m_hat = m / (1 - beta_1**t)", "v_hat = v / (1 - beta_2**t)"
BOTH_HATS = f"{M_HAT}\n        {V_HAT}"
MOVE = "learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)"

adam_walk = Exercise(
    points=4,
    cases=varied_walks,
    mistakes=[
        Mistake(
            BOTH_HATS, "m_hat, v_hat = m, v",
            says="The correction is missing. m and v start at zero; divide each by what it has collected so far.",
        ),
        Mistake(
            V_HAT, "v_hat = v",
            says="m is corrected, and v is not. Both have started at zero.",
        ),
        Mistake(
            M_HAT, "m_hat = m",
            says="v is corrected, and m is not. Both have started at zero.",
        ),
        Mistake(
            BOTH_HATS, "m_hat, v_hat = m / (1 - beta_1), v / (1 - beta_2)",
            says="The correction must fade away. From the second step on it needs the number of the step: beta to the power t.",
        ),
        Mistake(
            BOTH_HATS, "m_hat, v_hat = m / (1 - beta_1 * t), v / (1 - beta_2 * t)",
            says="beta times t is not beta to the power t. A power is written `**`.",
        ),
        Mistake(
            BOTH_HATS, "m = m_hat = m / (1 - beta_1**t)\n        v = v_hat = v / (1 - beta_2**t)",
            says="The corrected values have replaced m and v themselves. Keep them apart: the next step needs the uncorrected ones.",
        ),
        Mistake(
            "enumerate(gradients, 1)", "enumerate(gradients, 2)",
            says="Your steps are counted from 2. The first step has t = 1.",
        ),
        Mistake(
            "enumerate(gradients, 1)", "enumerate(gradients)",
            says="Your first step has t = 0. Then the correction divides by 1 − 1, which is zero. Count from 1.",
        ),
        Mistake(
            "np.sqrt(v_hat) + epsilon", "np.sqrt(v_hat + epsilon)",
            says="epsilon stands under the root. In Adam it is added after the root.",
        ),
        Mistake(
            "np.sqrt(v_hat) + epsilon", "np.sqrt(v_hat) + epsilon / np.sqrt(1 - beta_2**t)",
            says="This is the form of Keras and of our engine: epsilon before the correction. It works as well, but the equations of part 5 add epsilon to the root of the corrected v.",
        ),
        Mistake(
            "np.sqrt(v_hat) + epsilon", "np.sqrt(v_hat)",
            says="epsilon is missing. A parameter whose gradients are all zero would divide by zero.",
        ),
        Mistake(
            "np.sqrt(v_hat) + epsilon", "v_hat + epsilon",
            says="The root is missing. v holds squares, so its root has the size of a gradient.",
        ),
        Mistake(
            V, "v = beta_2 * v + (1 - beta_2) * g",
            says="v is the running mean of the *squared* gradients. Yours are not squared.",
        ),
        Mistake(
            V, "v = beta_2 * v + (1 - beta_2) * m**2",
            says="v collects the squares of m. It must collect the squares of the gradient.",
        ),
        Mistake(
            V, "v = beta_2 * v + (1 - beta_2) * np.mean(g**2)",
            says="All parameters share one v. Each needs its own: that is the whole point of Adam.",
        ),
        Mistake(
            V, "v = beta_2 * v + g**2",
            says="The new square counts in full. In a running mean it counts with the share 1 − beta_2.",
        ),
        Mistake(
            M, "m = beta_1 * m + g\n",
            says="The new gradient counts in full. In a running mean it counts with the share 1 − beta_1.",
        ),
        Mistake(
            M, "m = (1 - beta_1) * m + beta_1 * g\n",
            says="The shares of m are swapped: the old mean keeps beta_1, the new gradient gets the rest.",
        ),
        Mistake(
            f"{M}        {V}", "m = beta_2 * m + (1 - beta_2) * g\n        v = beta_1 * v + (1 - beta_1) * g**2",
            says="beta_1 and beta_2 are swapped: beta_1 belongs to m, beta_2 to v.",
        ),
        Mistake(
            f"{M}        {V}", "m = (1 - beta_1) * g\n        v = (1 - beta_2) * g**2",
            says="m and v forget the steps before. Each must keep its share of the old value.",
        ),
        Mistake(
            MOVE, "learning_rate * g / (np.sqrt(v_hat) + epsilon)",
            says="You move along the last gradient. That is RMSprop's direction. Adam moves along the corrected m.",
        ),
        Mistake(
            MOVE, "-learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)",
            says="Your steps go uphill. Check the signs in the last line.",
        ),
        Mistake(
            MOVE, "m_hat / (np.sqrt(v_hat) + epsilon)",
            says="The learning rate is missing.",
        ),
        Mistake(
            "    return walk", "    return p",
            says="This is only where the walk ends. Return a list with p after each step.",
        ),
    ],
    hints=[
        "Before the loop, make m and v: zeros of the same shape as p. In the loop, t is 1, 2, 3, …: `for t, g in enumerate(gradients, 1)`.",
        "Each turn has five lines: m, v, the corrected m, the corrected v, and p.",
        "The corrected v is `v / (1 - beta_2**t)`. The last line divides the corrected m by `np.sqrt(v_hat) + epsilon`, and subtracts it, times the learning rate.",
    ],
    also_right=[
        "def adam_walk(p, gradients, learning_rate, beta_1, beta_2, epsilon):\n"
        "    p, walk = p.copy(), []\n"
        "    m, v = 0, 0\n"
        "    for t in range(1, len(gradients) + 1):\n"
        "        g = gradients[t - 1]\n"
        "        m += (1 - beta_1) * (g - m)\n"
        "        v += (1 - beta_2) * (g * g - v)\n"
        "        p -= learning_rate * (m / (1 - beta_1**t)) / ((v / (1 - beta_2**t)) ** 0.5 + epsilon)\n"
        "        walk.append(p.copy())\n"
        "    return walk",
        "def adam_walk(p, gradients, learning_rate, beta_1, beta_2, epsilon):\n"
        "    walk = []\n"
        "    for t in range(1, len(gradients) + 1):\n"
        "        ages = range(t - 1, -1, -1)\n"
        "        m = sum((1 - beta_1) * beta_1**age * g for age, g in zip(ages, gradients)) / (1 - beta_1**t)\n"
        "        v = sum((1 - beta_2) * beta_2**age * g**2 for age, g in zip(ages, gradients)) / (1 - beta_2**t)\n"
        "        p = p - learning_rate * m / (v**0.5 + epsilon)\n"
        "        walk.append(p)\n"
        "    return walk",
    ],
)  # fmt: skip
