"""What things are called: tables of phrases. A phrase of a table is true of its row alone."""

SKY_WORDS = {
    "day": ("a blue sky", "a clear day", "a sunny day", "daylight", "by day", "a bright blue sky"),
    "sunset": (
        "sunset",
        "at sunset",
        "a sunset sky",
        "an orange evening sky",
        "at dusk",
        "evening",
    ),
    "night": (
        "night",
        "at night",
        "a night sky",
        "a dark night",
        "a dark blue night sky",
        "midnight",
    ),
    "dawn": (
        "dawn",
        "at dawn",
        "a pink dawn sky",
        "early morning",
        "sunrise",
        "a pale morning sky",
    ),
    "overcast": (
        "a grey sky",
        "an overcast sky",
        "a cloudy grey day",
        "dull weather",
        "a gray sky",
        "under grey clouds",
    ),
    "storm": ("a storm", "a stormy sky", "dark storm clouds", "rain", "in a storm", "heavy rain"),
}
GROUND_WORDS = {
    "sea": ("the sea", "the open sea", "the ocean", "sea waves", "waves"),
    "lake": ("a lake", "a calm lake", "a quiet lake", "the lake", "still water of a lake"),
    "river": ("a river", "a winding river", "a stream", "a river through the meadows"),
    "beach": ("a beach", "a sandy beach", "the sea shore", "the beach by the sea", "the shore"),
    "grass": ("grass", "green grass", "a meadow", "a green field", "a green meadow", "a lawn"),
    "wheat": ("a wheat field", "wheat", "golden wheat", "a field of wheat", "a yellow wheat field"),
    "lavender": (
        "a lavender field",
        "lavender",
        "rows of lavender",
        "purple lavender",
        "a field of lavender",
    ),
    "snow": ("snow", "white snow", "a snowy field", "deep snow", "winter snow", "a field of snow"),
    "sand": ("sand", "sand dunes", "the desert", "desert sand", "dunes"),
}
ON_GROUND = {
    "sea": ("by the sea", "at sea", "in the sea", "among the waves"),
    "lake": ("by a lake", "at the lake", "on a lake", "by a calm lake"),
    "river": ("by a river", "at the river", "by the stream", "by a winding river"),
    "beach": ("on the beach", "at the beach", "on a sandy beach", "by the sea shore"),
    "grass": ("on green grass", "in a meadow", "on the grass", "in a green field", "on a lawn"),
    "wheat": ("in a wheat field", "in golden wheat", "in the wheat", "among the wheat"),
    "lavender": (
        "in a lavender field",
        "among lavender",
        "in the lavender",
        "between rows of lavender",
    ),
    "snow": ("in the snow", "on white snow", "in a snowy field", "in deep snow", "in winter"),
    "sand": ("in the desert", "on the sand", "on sand dunes", "among the dunes"),
}
OVER_GROUND = {
    "sea": ("over the sea", "over the ocean", "over the waves"),
    "lake": ("over a lake", "over the lake", "over a calm lake"),
    "river": ("over a river", "over the river", "over a winding river"),
    "beach": ("over the beach", "over a sandy beach", "over the sea shore"),
    "grass": ("over green grass", "over a meadow", "over the fields"),
    "wheat": ("over a wheat field", "over the wheat", "over golden wheat"),
    "lavender": ("over a lavender field", "over the lavender", "over rows of lavender"),
    "snow": ("over the snow", "over a snowy field", "over white snow"),
    "sand": ("over the desert", "over the dunes", "over the sand"),
}
LOOSE = {  # true of more than one ground: said now and then, never where a picture is judged
    "sea": ("water", "blue water", "over the water", "on the water"),
    "lake": ("water", "calm water", "blue water", "by the water", "on the water"),
    "wheat": ("a field", "a yellow field"),
    "lavender": ("a field", "a purple field", "flowers"),
}
THING_NOUNS = {  # kind -> nouns, with {} where size and colour go
    "tree": ("{} tree", "{} tree", "{} green tree", "{} round tree", "{} leafy tree"),
    "conifer": ("{} fir", "{} fir tree", "{} pine tree", "{} conifer", "{} spruce"),
    "autumn": (
        "{} autumn tree",
        "{} autumn tree",
        "{} tree in autumn",
        "{} tree with orange leaves",
        "{} orange tree",
    ),
    "house": ("{} house", "{} house", "{} cottage", "{} home"),
    "boat": ("{} boat", "{} boat", "{} sailing boat", "{} sailboat", "{} ship"),
    "lighthouse": (
        "{} lighthouse",
        "{} lighthouse",
        "{} red and white lighthouse",
        "{} light tower",
    ),
    "bridge": ("{} bridge", "{} stone bridge", "{} old bridge", "{} arched bridge"),
}
SIZE_WORDS = {
    "ordinary": ("",),
    "small": ("small", "little", "tiny"),
    "large": ("large", "big", "huge"),
}
PLACE_WORDS = {
    "ordinary": ("",),
    "far": ("far away", "in the distance", "far off"),
    "near": ("close by", "in the foreground", "near"),
}
SIDE_WORDS = {
    "left": ("on the left", "on the left", "to the left", "at the left", "on the left side"),
    "centre": ("in the middle", "in the centre", "in the center", "at the centre", "centred"),
    "right": ("on the right", "on the right", "to the right", "at the right", "on the right side"),
}
LIGHT_WORDS = {
    "day": ("the sun", "a yellow sun", "sunshine"),
    "dawn": ("the rising sun", "a low pale sun"),
    "sunset": ("the setting sun", "a low sun"),
    "night": ("the moon", "a full moon", "moonlight"),
}
STAR_WORDS = ("stars", "a starry sky", "many stars", "a sky full of stars")
BACKDROP_WORDS = {
    "hills": ("hills", "distant hills", "blue hills", "hills far away"),
    "mountains": (
        "mountains",
        "snowy mountains",
        "far mountains",
        "mountains with snow",
        "high peaks",
    ),
    "forest": ("a forest", "the edge of a forest", "a dark forest", "woods", "forest behind"),
}
CLOUD_WORDS = ("clouds", "some clouds", "drifting clouds", "white clouds")
FLOWER_WORDS = ("{} flowers", "{} flowers in the grass", "many {} flowers", "a field of {} flowers")
FENCE_WORDS = ("a fence", "a wooden fence", "a fence in front")
PATH_WORDS = ("a path", "a winding path", "a footpath", "a path to the horizon")
STYLE_WORDS = {
    "gouache": ("a gouache painting of", "a painting of", "a picture of", "gouache,"),
    "oil": ("an oil painting of", "oil,", "oil on canvas,", "thick oil paint,"),
    "watercolour": (
        "a watercolour of",
        "watercolour,",
        "a watercolor of",
        "watercolour painting of",
    ),
    "ink": ("an ink drawing of", "ink,", "pen and ink,", "an ink sketch of"),
}
OPENINGS = ("a landscape with", "a picture of", "a view of")  # of no style in particular
JOINTS = "and with , a an"  # what the grammar adds
