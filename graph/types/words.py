"""The words that arguments are made of, each with its meaning."""

from graph.derive import enumeration
from ml.boosting.parameters import Bootstrap, ClassBalance, GrowPolicy
from ml.fields import Optype, TokenMode
from ml.predictor import Kind, MissingStrategy, Task
from ml.trees.parameters import DefaultNumericValue, Ordering

enumeration(
    Optype,
    {
        Optype.NUMERIC: "Numbers.",
        Optype.CATEGORICAL: "One of a set of words.",
        Optype.TEXT: "Free text, looked at term by term.",
        Optype.ITEMS: "A list of items in one cell.",
        Optype.DATETIME: "A moment; its parts are numeric columns of their own.",
    },
)
enumeration(
    TokenMode,
    {
        TokenMode.TOKENS_ONLY: "Single words.",
        TokenMode.FULL_TERMS_ONLY: "The whole text as one term.",
        TokenMode.ALL: "Single words, and the whole text as one term.",
    },
)
enumeration(Task, {Task.CLASSIFICATION: "One of a set of classes.", Task.REGRESSION: "A number."}, name="Task")
enumeration(
    MissingStrategy,
    {
        MissingStrategy.LAST: "It stops, and answers with the node where it stands.",
        MissingStrategy.PROPORTIONAL: "It follows all branches, and answers with what they say together.",
    },
)
enumeration(
    Kind,
    {
        Kind.PROBABILITY: "The probability of a class.",
        Kind.CONFIDENCE: "The lower bound of the probability of a class.",
        Kind.VOTES: "The share of the trees that say a class.",
    },
    name="ScoreKind",
)
enumeration(
    Bootstrap,
    {
        Bootstrap.BAYESIAN: "Rows get random weights.",
        Bootstrap.BERNOULLI: "A share of the rows is drawn.",
        Bootstrap.MVS: "Rows are drawn by how much they can teach.",
        Bootstrap.NONE: "All rows count the same.",
    },
)
enumeration(
    ClassBalance,
    {
        ClassBalance.BALANCED: "All classes weigh the same.",
        ClassBalance.SQUARE_ROOT: "Rare classes weigh more, by the root of their rarity.",
    },
)
enumeration(
    GrowPolicy,
    {
        GrowPolicy.SYMMETRIC: "All nodes of a level share one split.",
        GrowPolicy.DEPTHWISE: "Every node of a level is split by itself.",
        GrowPolicy.LOSSGUIDE: "The leaf that gains most is split next.",
    },
)
enumeration(Ordering, {word: f"{word.name.capitalize()} order." for word in Ordering}, name="RowOrdering")
enumeration(DefaultNumericValue, {word: f"The {word.value} of the column." for word in DefaultNumericValue})
