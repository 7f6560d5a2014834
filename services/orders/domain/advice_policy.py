from dataclasses import dataclass
from datetime import timedelta

from services.orders.domain.lateness_policy import LatenessPolicy
from shared.bounds import number, numbers_by, texts_by
from shared.errors import FieldProblem

COUNTRY = "[A-Z]{2}"
LANGUAGE = "zh-CN|en"
_LANGUAGES = ("zh-CN", "en")
_A_YEAR = 365

# how many days a parcel from China takes, and who delivers it there
_DESTINATIONS = {
    "AT": (14, "Österreichische Post, www.post.at"), "AU": (14, "Australia Post, auspost.com.au"), "BE": (14, "bpost, www.bpost.be"),
    "BR": (30, "Correios, www.correios.com.br"), "CA": (16, "Canada Post, www.canadapost-postescanada.ca"),
    "CH": (14, "Swiss Post, www.post.ch"), "CN": (3, "China Post, www.chinapost.com.cn"), "DE": (12, "DHL, www.dhl.de"),
    "DK": (14, "PostNord, www.postnord.dk"), "ES": (14, "Correos, www.correos.es"), "FR": (12, "La Poste, www.laposte.fr"),
    "GB": (12, "Royal Mail, www.royalmail.com"), "HK": (4, "Hongkong Post, www.hongkongpost.hk"), "IE": (14, "An Post, www.anpost.com"),
    "IN": (20, "India Post, www.indiapost.gov.in"), "IT": (14, "Poste Italiane, www.poste.it"),
    "JP": (7, "Japan Post, www.post.japanpost.jp"), "KR": (7, "Korea Post, www.epost.go.kr"),
    "MX": (22, "Correos de México, www.correosdemexico.gob.mx"),
    "MY": (10, "Pos Malaysia, www.pos.com.my"), "NL": (12, "PostNL, www.postnl.nl"), "NO": (16, "Posten, www.posten.no"),
    "NZ": (16, "NZ Post, www.nzpost.co.nz"), "PL": (14, "Poczta Polska, www.poczta-polska.pl"), "PT": (14, "CTT, www.ctt.pt"),
    "SE": (14, "PostNord, www.postnord.se"), "SG": (8, "SingPost, www.singpost.com"), "TH": (10, "Thailand Post, www.thailandpost.co.th"),
    "TW": (5, "Chunghwa Post, www.post.gov.tw"), "US": (14, "USPS, www.usps.com"),
}  # fmt: skip


def _transit_days() -> dict[str, int]:
    return {country: days for country, (days, _) in _DESTINATIONS.items()}


def _local_posts() -> dict[str, str]:
    return {country: post for country, (_, post) in _DESTINATIONS.items()}


def _gift() -> dict[str, str]:
    return {"zh-CN": "一份小礼物", "en": "a small gift"}


@dataclass(frozen=True)
class AdvicePolicy(LatenessPolicy):
    """What a customer is promised who wants to cancel (ORD-5) or change (ORD-6) an order, or asks where it is (ORD-7).

    When something is late is what the watch has it by, too. `transit_days` and `local_posts` are maps from a country's ISO 3166-1 code; a
    country that is missing has `transit_days_elsewhere`, and its post is called the local post.
    """

    refund_business_days: int = number(3, 0, _A_YEAR)
    change_business_days: int = number(3, 0, _A_YEAR)
    payment_hours: int = number(48, 1, 24 * _A_YEAR)
    payment_reminder_hours: int = number(24, 0, 24 * _A_YEAR)
    similar_products: int = number(3, 1, 20)
    discount_percent: int = number(10, 0, 100)
    gift: dict[str, str] = texts_by(LANGUAGE, _gift, always=_LANGUAGES, longest=100)
    ships_from_business_days: int = number(2, 0, _A_YEAR)
    ships_to_business_days: int = number(5, 0, _A_YEAR)
    transit_days: dict[str, int] = numbers_by(COUNTRY, _transit_days, 0, _A_YEAR)
    transit_days_elsewhere: int = number(20, 0, _A_YEAR)
    local_posts: dict[str, str] = texts_by(COUNTRY, _local_posts, longest=200)

    @property
    def payment_within(self) -> timedelta:
        """How long the difference of a dearer change is waited for."""
        return timedelta(hours=self.payment_hours)

    @property
    def payment_reminded_after(self) -> timedelta:
        """When the customer is reminded of it, once; not at all where that is no earlier than the end."""
        return timedelta(hours=self.payment_reminder_hours)

    def transit(self, country: str) -> timedelta:
        return timedelta(days=self.transit_days.get(country, self.transit_days_elsewhere))


def contradictions(policy: AdvicePolicy) -> list[FieldProblem]:
    """Each number is allowed, but not both together."""
    if policy.ships_from_business_days <= policy.ships_to_business_days:
        return []
    return [FieldProblem("values.ships_from_business_days", "order", "must not be more than ships_to_business_days")]
