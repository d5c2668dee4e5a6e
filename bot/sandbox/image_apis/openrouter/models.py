"""Models as OpenRouter's lists describe them: some of each shape that there is.

Typed from its documentation and its Python package, not from what the bot makes of them.
"""

from dataclasses import dataclass

from bot.sandbox.image_apis.apis.refusal import JsonObject

_SHAPES = (
    "1:1", "1:4", "1:8", "2:3", "3:2", "3:4", "4:1", "4:3", "4:5", "5:4", "8:1", "9:16", "16:9",
    "21:9",
)  # fmt: skip
_CREATED = 1_790_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One billable line of an endpoint."""

    billable: str
    unit: str
    usd: float
    variant: str | None = None

    def to_json(self) -> JsonObject:
        line: JsonObject = {"billable": self.billable, "unit": self.unit, "cost_usd": self.usd}
        return line if self.variant is None else {**line, "variant": self.variant}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What one model takes: a parameter that is not set is refused."""

    name: str
    description: str
    prices: tuple[Price, ...]
    resolutions: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    most: int | None = None
    references: tuple[int, int] | None = None
    seed: bool = False
    qualities: tuple[str, ...] = ()
    backgrounds: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    compression: bool = False
    streams: bool = False

    def parameters(self) -> JsonObject:
        """Give the descriptors of `supported_parameters`."""
        words = {
            "resolution": self.resolutions,
            "aspect_ratio": self.shapes,
            "quality": self.qualities,
            "background": self.backgrounds,
            "output_format": self.formats,
        }
        found: JsonObject = {
            name: {"type": "enum", "values": list(values)}
            for name, values in words.items()
            if values
        }
        if self.most is not None:
            found["n"] = {"type": "range", "min": 1, "max": self.most}
        if self.references is not None:
            low, high = self.references
            found["input_references"] = {"type": "range", "min": low, "max": high}
        if self.compression:
            found["output_compression"] = {"type": "range", "min": 0, "max": 100}
        if self.seed:
            found["seed"] = {"type": "boolean"}
        return found

    def listed(self, slug: str) -> JsonObject:
        """Give the entry of the list of models."""
        edits = self.references is not None and self.references[1] > 0
        return {
            "id": slug,
            "name": self.name,
            "description": self.description,
            "created": _CREATED,
            "architecture": {
                "input_modalities": ["text", "image"] if edits else ["text"],
                "output_modalities": ["image"],
            },
            "supported_parameters": self.parameters(),
            "supports_streaming": self.streams,
            "endpoints": f"/api/v1/images/models/{slug}/endpoints",
        }

    def endpoints(self, slug: str) -> JsonObject:
        """Give the record of the model's only endpoint, with prices."""
        vendor = slug.partition("/")[0]
        record: JsonObject = {
            "provider_name": vendor.title(),
            "provider_slug": vendor,
            "provider_tag": vendor,
            "supported_parameters": self.parameters(),
            "supports_streaming": self.streams,
            "allowed_passthrough_parameters": [],
            "pricing": [price.to_json() for price in self.prices],
        }
        return {"id": slug, "endpoints": [record]}


_TOKENS = (
    Price(billable="input_text", unit="token", usd=0.000005),
    Price(billable="input_image", unit="token", usd=0.000008),
    Price(billable="output_image", unit="token", usd=0.00003),
)

MODELS = {
    "bytedance-seed/seedream-4.5": Model(
        name="ByteDance Seed: Seedream 4.5",
        description="A text-to-image model with strong editing.",
        prices=(Price(billable="output_image", unit="image", usd=0.04),),
        resolutions=("1K", "2K", "4K"),
        shapes=("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9", "auto"),
        most=3,
        references=(0, 14),
        seed=True,
    ),
    "bytedance-seed/seedream-5-0-pro": Model(
        name="ByteDance Seed: Seedream 5.0 Pro",
        description="The finest details.",
        prices=(
            Price(billable="output_image", unit="image", usd=0.045, variant="1K"),
            Price(billable="output_image", unit="image", usd=0.09, variant="2K"),
            Price(billable="input_reference", unit="image", usd=0.003),
        ),
        resolutions=("1K", "1.5K", "2K"),
        shapes=("1:1", "16:9", "9:16", "auto"),
        most=1,
        references=(0, 10),
        formats=("png", "jpeg"),
    ),
    "openai/gpt-image-2": Model(
        name="OpenAI: GPT Image 2",
        description="Draws and edits; the size is its own choice.",
        prices=_TOKENS,
        most=10,
        references=(0, 16),
        qualities=("auto", "low", "medium", "high"),
        backgrounds=("auto", "opaque"),
        compression=True,
        streams=True,
    ),
    "google/gemini-3.1-flash-lite-image": Model(
        name="Google: Gemini 3.1 Flash Lite Image",
        description="Fast and cheap.",
        prices=(Price(billable="output_image", unit="token", usd=0.00003),),
        resolutions=("1K",),
        shapes=_SHAPES,
        most=1,
        references=(0, 14),
    ),
    "black-forest-labs/flux.2-klein-4b": Model(
        name="Black Forest Labs: FLUX.2 Klein 4B",
        description="Small and quick.",
        prices=(Price(billable="output_image", unit="megapixel", usd=0.014),),
        shapes=("1:1", "16:9", "9:16", "4:3", "3:4"),
        most=1,
        references=(0, 4),
        formats=("png", "jpeg"),
        seed=True,
    ),
    "recraft/recraft-v4.1": Model(
        name="Recraft: Recraft V4.1",
        description="Design and typography, from words alone.",
        prices=(Price(billable="output_image", unit="image", usd=0.05),),
        shapes=("1:1", "16:9", "9:16", "auto"),
        most=6,
    ),
    "inclusionai/layers": Model(
        name="inclusionAI: Layers",
        description="Takes a picture apart.",
        prices=(Price(billable="output_image", unit="request", usd=0.02),),
        references=(1, 1),
    ),
    "recraft/recraft-v4-vector": Model(
        name="Recraft: Recraft V4 Vector",
        description="Draws SVG.",
        prices=(Price(billable="output_image", unit="image", usd=0.08),),
        formats=("svg",),
    ),
}
