"""Money as integer minor units with an ISO 4217 currency, never a float."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.numbers import HoweverWritten

# ISO 4217, list one (active codes), without the codes that are no tender (XTS, XXX, metals, funds).
CURRENCIES = frozenset(
    """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
    CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
    GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD
    KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN
    NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES
    VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG""".split()
)

LARGEST_AMOUNT = 10**12
"""Ten thousand million of a two-digit currency; an amount above it is a mistake."""


def _known(code: str) -> str:
    if code not in CURRENCIES:
        msg = f"{code!r} is not an ISO 4217 currency code"
        raise ValueError(msg)
    return code


Currency = Annotated[str, Field(pattern="^[A-Z]{3}$"), AfterValidator(_known)]
"""An ISO 4217 code; the JSON Schemas tell its form, this model its list."""


class Money(BaseModel):
    """An amount in minor units (cents) of one currency."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    amount: Annotated[int, Field(strict=True, ge=0, le=LARGEST_AMOUNT), HoweverWritten]
    currency: Currency
