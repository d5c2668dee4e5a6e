"""What each image API accepts, typed from the documents and the vendor's published limits.

Deliberately not derived from the bot's catalog: two independent readings show each other's
mistakes. Section numbers are those of the image API reference.
"""

from dataclasses import dataclass

# A body above this is cut off by the gateways (10, item 7).
MAX_BODY_BYTES = 24_000_000

SEEDREAM_PROMPT = 200_000
OPENAI_PROMPT = 32_000

# References and outputs of one call share a budget (1).
REFERENCES_AND_OUTPUTS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRule:
    """A pixel size passes when pixels, ratio and edges all do.

    See docs/spec/image-apis.md section 2.1.
    """

    keywords: tuple[str, ...] = ()
    noted_keywords: tuple[str, ...] = ()  # listed by Routescope, unknown to the vendor
    min_pixels: int
    max_pixels: int
    max_ratio: int  # width/height lies between 1/max_ratio and max_ratio, both included
    min_edge: int = 1
    max_edge: int | None = None
    multiple_of: int = 1
    sizes: tuple[tuple[int, int], ...] = ()  # where only a few are known, these alone


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRule:
    """What a reference picture may be; formats carry the names of the data URL types.

    See docs/spec/image-apis.md section 2.3.
    """

    formats: tuple[str, ...]
    max_bytes: int
    above_side: int = 0  # each side must be longer than this
    max_pixels: int | None = None
    max_ratio: int | None = None
    ratio_itself_allowed: bool = True
    inline: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedreamModel:
    """A Seedream model as Routescope serves it (2.1, 2.4, 3, 4)."""

    sizes: SizeRule
    default_size: str = "2K"
    references: int = 14
    edits: bool = True
    sets: bool = True
    stream: bool = True
    output_format: bool = False  # the 5.0 family chooses between jpeg and png
    first_generation: bool = False  # 3.0: `n`, `guidance_scale` and `seed`
    fast_mode: bool = False
    web_search: bool = False


def _seedream_sizes(
    *keywords: str, floor: int, noted: tuple[str, ...] = (), ceiling: int = 16_777_216
) -> SizeRule:
    return SizeRule(
        keywords=keywords,
        noted_keywords=noted,
        min_pixels=floor,
        max_pixels=ceiling,
        max_ratio=16,
    )


_FIVE = _seedream_sizes("1K", "2K", "3K", "4K", floor=3_686_400, noted=("1K",))

SEEDREAM_MODELS = {
    "doubao-seedream-3-0-t2i-250415": SeedreamModel(
        sizes=SizeRule(
            min_pixels=262_144, max_pixels=4_194_304, max_ratio=3, min_edge=512, max_edge=2048
        ),
        default_size="1024x1024",
        references=0,
        edits=False,
        sets=False,
        first_generation=True,
    ),
    "doubao-seedream-4-0-250828": SeedreamModel(
        sizes=_seedream_sizes("1K", "2K", "4K", floor=921_600), fast_mode=True
    ),
    "doubao-seedream-4-5-251128": SeedreamModel(
        sizes=_seedream_sizes("1K", "2K", "4K", floor=3_686_400, noted=("1K",))
    ),
    "doubao-seedream-5-0-260128": SeedreamModel(sizes=_FIVE, output_format=True),
    "doubao-seedream-5-0-lite-260128": SeedreamModel(
        sizes=_FIVE, output_format=True, stream=False, web_search=True
    ),
    # A stricter tier that an operator may configure: no sets, no streaming (docs/spec/image-apis.md
    # section 2.1).
    "doubao-seedream-5-0-pro-260628": SeedreamModel(
        sizes=_seedream_sizes("1K", "1.5K", "2K", floor=921_600, ceiling=4_624_220),
        references=10,
        sets=False,
        stream=False,
        output_format=True,
    ),
}

SETS_MOST = 15
FIRST_GENERATION_MOST = 10
SLOW_SET = 6  # a longer set may outlast the gateway's 150 s (12)

# Routescope's edits have one floor for every model, and no keyword sizes (2.1, adjustments).
EDITS_FLOOR = 3_686_400
EDITS_DEFAULT_SIZE = (1920, 1920)

SEEDREAM_PICTURES = PictureRule(
    formats=("jpeg", "png", "webp", "bmp", "tiff", "gif"),
    max_bytes=10_000_000,
    above_side=14,
    max_pixels=36_000_000,
    max_ratio=16,
)

OPENAI_SIZES = SizeRule(
    keywords=("auto",),
    min_pixels=655_360,
    max_pixels=8_294_400,
    max_ratio=3,
    max_edge=3840,
    multiple_of=16,
)
OPENAI_EXPERIMENTAL_PIXELS = 2560 * 1440
OPENAI_PICTURES = PictureRule(formats=("png", "webp", "jpeg"), max_bytes=50_000_000)
OPENAI_MASK = PictureRule(formats=("png",), max_bytes=4_000_000)
OPENAI_REFERENCES = 16
OPENAI_MOST = 10

SEEDEDIT_MODEL = "doubao-seededit-3-0-i2i-250628"
SEEDEDIT_PICTURES = PictureRule(
    formats=("jpeg", "png"),
    max_bytes=10_000_000,
    above_side=14,
    max_ratio=3,
    ratio_itself_allowed=False,
)
SEEDEDIT_EDGES = (512, 1536)

GATEWAY_PICTURES = PictureRule(
    formats=SEEDREAM_PICTURES.formats,
    max_bytes=10_000_000,
    above_side=14,
    max_pixels=36_000_000,
    max_ratio=16,
    inline=False,
)
GATEWAY_REFERENCES = 10
GATEWAY_MOST = 6
GATEWAY_DEFAULT_SIZE = (2048, 2048)


def _gateway_sizes(floor: int) -> SizeRule:
    return SizeRule(min_pixels=floor, max_pixels=16_777_216, max_ratio=16, max_edge=4096)


GATEWAY_MODELS = {
    "seedream-4.0": _gateway_sizes(921_600),
    "seedream-4.5": _gateway_sizes(3_686_400),
    "seedream-5.0-lite": _gateway_sizes(3_686_400),
}

MIN_GUIDANCE, MAX_GUIDANCE = 1.0, 10.0
MIN_SEED, MAX_SEED = -1, 2_147_483_647
