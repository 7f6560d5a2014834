"""What the sample shop sells."""

import random
from dataclasses import dataclass
from decimal import Decimal

COLOURS = ("Red", "Blue", "Green", "Black", "White", "Yellow", "Grey", "Rose")
SIZES = ("Small", "Medium", "Large", "Family", "Travel")
KINDS = (("Mug", "kitchen", 8), ("Teapot", "kitchen", 24), ("Lamp", "home", 45), ("Backpack", "travel", 60), ("Scarf", "clothing", 19))
SOLD_OUT_EVERY = 20
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    category: str
    price: Decimal
    list_price: Decimal
    stock: int

    @property
    def is_scarce(self) -> bool:
        return self.stock == 0


def catalogue(chance: random.Random) -> list[Product]:
    """Two hundred products; every twentieth is sold out."""
    variants = [(kind, colour, size) for kind in KINDS for colour in COLOURS for size in SIZES]
    return [_product(number, *variant, chance) for number, variant in enumerate(variants)]


def _product(number: int, kind: tuple[str, str, int], colour: str, size: str, chance: random.Random) -> Product:
    name, category, about = kind
    list_price = (about * Decimal(str(round(chance.uniform(0.8, 1.6), 2)))).quantize(CENT)
    price = (list_price * Decimal(chance.choice(("1", "1", "0.9", "0.8")))).quantize(CENT)
    stock = 1_000_000 if number % SOLD_OUT_EVERY else 0
    return Product(f"{name}-{colour}-{size}".upper(), f"{size} {colour.lower()} {name.lower()}", category, price, list_price, stock)
