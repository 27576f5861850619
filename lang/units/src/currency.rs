//! Currencies and what they were worth on a date.

use std::collections::BTreeMap;

/// Codes of ISO 4217 for currencies in circulation.
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP \
    BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD \
    GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP \
    LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN \
    PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT \
    TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG";

/// Whether the code is that of a currency.
pub fn is_currency(code: [u8; 3]) -> bool {
    CODES.split_whitespace().any(|known| known.as_bytes() == code)
}

/// Why an amount cannot be converted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no rate from {from} to {to} on {date}")]
pub struct RateMissing {
    /// The currency of the amount.
    pub from: String,
    /// The currency that was asked for.
    pub to: String,
    /// The date, `2027-01-31`.
    pub date: String,
}

/// Exchange rates by date. A rate holds on its date only: money of another day is another matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RateTable {
    rates: BTreeMap<([u8; 3], [u8; 3], String), f64>,
}

impl RateTable {
    /// States that on `date` one `from` was worth `rate` of `to`; the reciprocal holds too.
    pub fn insert(&mut self, from: [u8; 3], to: [u8; 3], date: &str, rate: f64) {
        self.rates.insert((from, to, date.to_owned()), rate);
    }

    /// What one `from` was worth in `to` on `date`.
    pub fn rate(&self, from: [u8; 3], to: [u8; 3], date: &str) -> Result<f64, RateMissing> {
        if from == to {
            return Ok(1.0);
        }
        let there = self.rates.get(&(from, to, date.to_owned())).copied();
        let back = || self.rates.get(&(to, from, date.to_owned())).map(|rate| 1.0 / rate);
        let text = |code: [u8; 3]| String::from_utf8_lossy(&code).into_owned();
        there.or_else(back).ok_or_else(|| RateMissing {
            from: text(from),
            to: text(to),
            date: date.to_owned(),
        })
    }
}
