//! Levels of the objective over classes.

use apportion_check::eval::Facts;
use apportion_diagnostic::Diagnostic;

use crate::claims::Aim;
use crate::model::{Ground, Objective, Slack};
use crate::scan::{Frame, Scene};
use crate::shares::shares;
use crate::sums::{Bench, Sites, Sum};

/// One level.
pub(crate) fn objective<'f, F: Facts + ?Sized>(
    scene: &Scene<'f, F>,
    aim: &'f Aim,
    ground: &mut Ground,
    findings: &mut Vec<Diagnostic>,
) -> Option<Objective> {
    let sites = Sites::of(&aim.value);
    let mut frame = Frame::new(aim.frame);
    let mut sum = Sum::default();
    let Ground { pieces, peaks, .. } = ground;
    let mut bench = Bench::new(&sites, pieces);
    let shares = match &aim.fair {
        Some(fair) => shares(scene, (aim, fair), bench.pieces, findings)?,
        None => Vec::new(),
    };
    let added = match &aim.fair {
        Some(_) => {
            sum.pieces.extend(shares.first().map(|tier| (tier.piece, tier.unit)));
            Ok(())
        }
        None => scene.add(&aim.value, &mut frame, &mut sum, &mut bench),
    };
    peaks.append(&mut bench.peaks);
    let outcome = added.and_then(|()| {
        let Some((slack, relative)) = &aim.slack else { return Ok(Slack::default()) };
        // A parameter may make it less than nothing, which gives nothing up.
        let amount = scene.number(slack, &mut frame)?.max(0.0);
        Ok(match relative {
            true => Slack { absolute: 0.0, relative: amount },
            false => Slack { absolute: amount, relative: 0.0 },
        })
    });
    match outcome {
        Ok(slack) => Some(Objective {
            level: Some(aim.level),
            maximize: aim.maximize,
            value: sum.linear(&sites),
            penalties: sum.penalties,
            slack,
            shares,
        }),
        Err(error) => {
            let what = format!("level `{}`", scene.policy.levels[aim.level.index()].name);
            findings.push(scene.fault(error, &what, &[], &frame));
            None
        }
    }
}
