//! What shares are worth, and the equal share that is worth as much.
//!
//! ```text
//! U(s) = s^(1 - alpha) / (1 - alpha), and log s where alpha is 1
//! ```
//!
//! Source: Mo and Walrand, "Fair end-to-end window-based congestion control" (IEEE/ACM Transactions on Networking 8,
//! 2000). A sum of utilities tells people nothing. The share that, given to every group, is worth as much is in the unit
//! of shares and grows with that sum: Atkinson, "On the measurement of inequality" (Journal of Economic Theory 2, 1970),
//! the equally distributed equivalent.

/// The worth of one share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Utility {
    /// More than 0.
    pub alpha: f64,
    /// Below it the worth falls in a straight line; more than 0.
    pub floor: Option<f64>,
}

/// The worth of shares together: the sum of weight times utility.
#[derive(Clone, Debug, PartialEq)]
pub struct Worth {
    /// Of one share.
    pub utility: Utility,
    /// By group, more than 0.
    pub weights: Vec<f64>,
}

impl Utility {
    /// By how much a share is worth more than 1, which is worth nothing here: a constant makes no difference.
    pub fn at(&self, share: f64) -> f64 {
        match self.floor {
            Some(floor) if share < floor => self.curve(floor) + self.slope(floor) * (share - floor),
            _ if share < 0.0 => f64::NEG_INFINITY,
            _ => self.curve(share),
        }
    }

    /// By how much the worth grows with a share.
    pub fn slope(&self, share: f64) -> f64 {
        share.max(self.floor.unwrap_or(0.0)).powf(-self.alpha)
    }

    /// The share that is worth so much.
    pub fn share_of(&self, worth: f64) -> f64 {
        if let Some(floor) = self.floor
            && worth < self.curve(floor)
        {
            return floor + (worth - self.curve(floor)) / self.slope(floor);
        }
        let power = 1.0 - self.alpha;
        match power * worth {
            _ if power == 0.0 => worth.exp(),
            // The worth of nothing, or more than any share is worth.
            part if part <= -1.0 => {
                if power > 0.0 {
                    0.0
                } else {
                    f64::INFINITY
                }
            }
            part => (part.ln_1p() / power).exp(),
        }
    }

    /// The same utility of shares that are counted in another unit.
    pub fn in_unit(&self, unit: f64) -> Utility {
        Utility { floor: self.floor.map(|floor| floor / unit), ..*self }
    }

    fn curve(&self, share: f64) -> f64 {
        let power = 1.0 - self.alpha;
        if power == 0.0 { share.ln() } else { (power * share.ln()).exp_m1() / power }
    }
}

impl Worth {
    /// The share that, given to every group, is worth as much as these; 0 where a share of 0 is worth less than anything,
    /// or one is below 0 without a floor.
    pub fn equal_share(&self, shares: &[f64]) -> f64 {
        let greatest = shares.iter().copied().fold(0.0, f64::max);
        let least = shares.iter().copied().fold(f64::INFINITY, f64::min);
        // The least share weighs most: in its unit no power is too great a number.
        let unit = [least, self.utility.floor.unwrap_or(0.0)].into_iter().fold(0.0, f64::max);
        let unit = if unit > 0.0 { unit } else { greatest };
        if unit <= 0.0 {
            return 0.0;
        }
        unit * self.utility.in_unit(unit).share_of(self.mean(shares, unit))
    }

    /// The mean worth of shares that are counted in a unit, by weight.
    pub fn mean(&self, shares: &[f64], unit: f64) -> f64 {
        let utility = self.utility.in_unit(unit);
        let pairs = self.weights.iter().zip(shares);
        pairs.map(|(weight, share)| weight * utility.at(share / unit)).sum::<f64>() / self.total()
    }

    /// The sum of all weights.
    pub fn total(&self) -> f64 {
        self.weights.iter().sum()
    }
}
