//! Forecasts: rows of a file of their own, by key and slot, as columns of the rows that they are about.

use apportion_diagnostic::Diagnostic;
use apportion_units::counted;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::binding::bind;
use crate::columns::FieldReader;
use crate::faults::{At, Faults};
use crate::keys::Keys;
use crate::load::read_table;
use crate::raw::{RawCell, RawTable};
use crate::scalar::{Context, bound};
use crate::schema::{EntitySchema, FieldSchema, ForecastSchema, Kind, Missing, NumberKind, Schema};
use crate::{Column, ColumnData, Excluded, Filled, Filling, InputBytes, Symbols, Table};

/// The column that says which slot a row is of by a point in time that lies in it.
const TIME: &str = "time";
/// The column that says it by the slot's number.
const SLOT: &str = "slot";
/// How many rows without a forecast are named.
const NAMED: usize = 5;

/// What a file says of one forecast, for each row of its input and each slot.
pub(crate) struct Values<'s> {
    forecast: &'s ForecastSchema,
    slots: usize,
    /// Row by row, slot by slot, quantile by quantile; no number where there is none.
    values: Vec<f64>,
    /// For each row, the latest values from before the first slot, with their time.
    before: Vec<Option<(f64, Vec<f64>)>>,
    /// What was put in the place of missing values.
    filled: Option<Filled>,
}

/// What was found of the forecasts of one input.
#[derive(Default)]
pub(crate) struct Found<'s> {
    /// Their values, for the rows that are kept.
    pub(crate) values: Vec<Values<'s>>,
    /// The rows that were left out, counted.
    pub(crate) excluded: Vec<Excluded>,
    /// Of each row that there was, whether it is kept.
    pub(crate) kept: Vec<bool>,
    /// The keys of those that are not.
    pub(crate) left_out: FxHashSet<String>,
}

/// Reads the forecasts of the rows of one input. Rows that are excluded for want of one are taken out of the table.
pub(crate) fn read<'s>(
    schema: &'s Schema,
    position: usize,
    inputs: &[InputBytes],
    (table, symbols, keys): (&mut Table, &Symbols, &Keys<'_>),
    faults: &mut Faults,
) -> Found<'s> {
    let mut found = Found { kept: vec![true; table.keys.len()], ..Found::default() };
    for forecast in schema.forecasts.iter().filter(|it| it.input == position) {
        let Some(bytes) = inputs.iter().find(|bytes| bytes.input == forecast.name) else {
            let message =
                format!("the manifest gives no source for the forecast `{}`", forecast.name);
            let help = format!("[inputs]\n{0} = \"data/{0}.csv\"", forecast.name);
            faults.finding(Diagnostic::error("missing-input", message).help(help));
            continue;
        };
        let reader = Reader { schema, forecast, bytes, table, symbols, keys };
        let Some(mut values) = reader.read(faults) else { continue };
        let without = values.complete();
        let named = |row: &usize| symbols.text(table.keys[*row]).to_owned();
        match (without.first(), forecast.missing) {
            (None, _) => {}
            (Some(first), Missing::Exclude) => {
                without.iter().for_each(|row| found.kept[*row] = false);
                found.left_out.extend(without.iter().map(named));
                found.excluded.push(Excluded {
                    input: table.input.clone(),
                    forecast: forecast.name.clone(),
                    rows: without.len() as u64,
                    example: named(first),
                });
            }
            // What could not be read would be missing for that reason.
            _ if faults.has_cells_of(&bytes.file) => {}
            _ => faults.finding(values.lacking(&without, &table.input, &named)),
        }
        found.values.push(values);
    }
    if found.kept.contains(&false) {
        retain(&mut table.keys, &found.kept);
        retain(&mut table.places, &found.kept);
        found.values.iter_mut().for_each(|values| values.keep(&found.kept));
    }
    found
}

fn retain<T>(list: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    list.retain(|_| kept.next() == Some(&true));
}

/// The columns of rows that no file has a forecast of, as they came later: what is assumed, if anything is.
pub(crate) fn of_later_rows(
    schema: &Schema,
    position: usize,
    (table, symbols): (&Table, &Symbols),
    faults: &mut Faults,
) -> Vec<Column> {
    let mut columns = Vec::new();
    for forecast in schema.forecasts.iter().filter(|it| it.input == position) {
        let values = Values::none(schema, forecast, table.keys.len(), faults);
        let Some(mut values) = values else { continue };
        let without = values.complete();
        if !without.is_empty() {
            let named = |row: &usize| symbols.text(table.keys[*row]).to_owned();
            faults.finding(values.lacking(&without, &table.input, &named));
        }
        columns.extend(values.columns());
    }
    columns
}

struct Reader<'r, 's> {
    schema: &'s Schema,
    forecast: &'s ForecastSchema,
    bytes: &'r InputBytes,
    table: &'r Table,
    symbols: &'r Symbols,
    keys: &'r Keys<'r>,
}

/// Which slots a row of a file is of.
enum Place {
    Every,
    One(usize),
    /// Before the first slot, at a time.
    Before(f64),
    /// Behind the last one.
    Beyond,
}

/// The columns of a file: its times, its slots, and one for each quantile.
struct Columns {
    time: Option<Column>,
    slot: Option<Column>,
    quantiles: Vec<Column>,
}

impl<'s> Reader<'_, 's> {
    fn read(&self, faults: &mut Faults) -> Option<Values<'s>> {
        let entity = self.entity();
        let key = &entity.fields[entity.key].name;
        let raw = read_table(self.bytes, key, faults)?;
        let mut values = Values::none(self.schema, self.forecast, self.table.keys.len(), faults)?;
        if raw.names.is_empty() && raw.len() == 0 {
            return Some(values);
        }
        let mapping = (self.bytes.mapping.as_slice(), self.bytes.ignore.as_slice());
        let bindings = bind(&self.bytes.file, &raw, &entity, self.schema, mapping, faults);
        let keys = bindings[entity.key].whole.as_ref().and_then(|part| part.column);
        let Some(keys) = keys.and_then(|column| raw.columns.get(column)) else {
            let message = format!("`{}` has no column for `{key}`, the key", self.bytes.file);
            let columns: Vec<String> = raw.names.iter().map(|it| format!("`{it}`")).collect();
            let note = format!("columns: {}", columns.join(", "));
            faults.finding(Diagnostic::error("missing-key", message).note(note));
            return None;
        };
        let order: Vec<u32> = (0..raw.len() as u32).collect();
        let mut symbols = Symbols::default();
        let mut read = entity.fields.iter().zip(&bindings).skip(1).map(|(field, binding)| {
            let context = Context { field: &field.name, table: &raw, keys: self.keys };
            let file = &self.bytes.file;
            let reader = FieldReader { file, context, field, binding, order: &order };
            let column = reader.read(&mut symbols, faults);
            (!binding.is_empty()).then_some(column)
        });
        let (time, slot) = (read.next().flatten(), read.next().flatten());
        let quantiles: Vec<Option<Column>> = read.collect();
        for (name, column) in self.forecast.quantiles.iter().zip(&quantiles) {
            if column.is_none() {
                let at = At { file: &self.bytes.file, row: None, row_word: "", column: name };
                let expected = "a forecast has a column for each of its quantiles";
                faults.cell(&at, "missing-value", "no column", expected);
            }
        }
        let quantiles = quantiles.into_iter().collect::<Option<_>>()?;
        let columns = Columns { time, slot, quantiles };
        let rows: FxHashMap<&str, usize> =
            self.table.keys.iter().map(|key| self.symbols.text(*key)).zip(0..).collect();
        let mut taken: FxHashMap<(usize, usize), usize> = FxHashMap::default();
        let mut others = 0;
        for (at, cell) in keys.iter().enumerate() {
            let (RawCell::Text(start, end) | RawCell::Number(start, end)) = *cell else {
                self.fault((&raw, at, key), "missing-key", "nothing", "a row needs a key", faults);
                continue;
            };
            let Some(row) = rows.get(&raw.text[start as usize..end as usize]) else {
                others += 1;
                continue;
            };
            let Some(place) = self.place(&raw, &columns, at, faults) else { continue };
            // What is over, or not forecast, need not be a number.
            let is_last = matches!(self.forecast.missing, Missing::Last(_));
            if matches!(place, Place::Beyond) || matches!(place, Place::Before(_)) && !is_last {
                continue;
            }
            let Some(own) = self.quantiles(&raw, &columns, at, faults) else { continue };
            let slots = match place {
                Place::Every => 0..values.slots,
                Place::One(slot) => slot..slot + 1,
                Place::Before(time) => {
                    values.put_before(*row, time, own);
                    continue;
                }
                Place::Beyond => continue,
            };
            for slot in slots {
                if let Some(first) = taken.insert((*row, slot), at) {
                    let first = raw.place_name(first);
                    let expected = format!("slot {slot} of this row is taken by {first}");
                    let found = raw.found(*cell);
                    self.fault((&raw, at, key), "duplicate-key", &found, expected, faults);
                    break;
                }
                values.put(*row, slot, &own);
            }
        }
        if others > 0 {
            let (rows, input) = (counted(others, "row", "rows"), &self.table.input);
            let message =
                format!("{rows} of `{}` of no row of `{input}`: not read", self.bytes.file);
            faults.finding(Diagnostic::warning("unread-rows", message));
        }
        Some(values)
    }

    /// The rows of the file as those of an entity: the key of what they are about, then when, then how much.
    fn entity(&self) -> EntitySchema {
        let about = &self.schema.entities[self.schema.inputs[self.forecast.input].entity];
        let field = |name: &str, kind: Kind, optional: bool| FieldSchema {
            name: name.to_owned(),
            kind,
            optional,
            default: None,
            declared: String::new(),
        };
        let number = NumberKind {
            unit: None,
            whole: true,
            least: Some(0.0),
            most: Some(f64::from(u32::MAX)),
        };
        let mut fields = vec![
            field(&about.fields[about.key].name, Kind::Text, false),
            field(TIME, Kind::Time, true),
            field(SLOT, Kind::Number(number), true),
        ];
        let quantiles = self.forecast.quantiles.iter();
        let kind = |name: &String| field(name, Kind::Number(self.forecast.kind.clone()), true);
        fields.extend(quantiles.map(kind));
        EntitySchema { name: self.forecast.name.clone(), fields, key: 0, input: None }
    }

    /// The slot of a row; where the file names neither times nor slots, a row is of every slot.
    fn place(
        &self,
        raw: &RawTable,
        columns: &Columns,
        at: usize,
        faults: &mut Faults,
    ) -> Option<Place> {
        let time = columns.time.as_ref().and_then(|column| number(column, at));
        let slot = columns.slot.as_ref().and_then(|column| number(column, at));
        let count = f64::from(self.schema.slots[self.forecast.slots].count);
        let slot = match (time, slot) {
            (Some(_), Some(_)) => {
                let expected = "a row names its time or its slot, not both";
                self.fault((raw, at, SLOT), "bad-data", "both", expected, faults);
                return None;
            }
            (Some(time), None) => {
                let slot = ((time - self.forecast.first) / self.forecast.every).floor();
                if slot < 0.0 {
                    return Some(Place::Before(time));
                }
                slot
            }
            (None, Some(slot)) => slot,
            (None, None) if columns.time.is_none() && columns.slot.is_none() => {
                return Some(Place::Every);
            }
            (None, None) => {
                let expected = "a row names its time or its slot, where others do";
                self.fault((raw, at, TIME), "missing-value", "nothing", expected, faults);
                return None;
            }
        };
        Some(if slot < count { Place::One(slot as usize) } else { Place::Beyond })
    }

    /// The quantiles of a row, none of them below the one before it; none where one is missing.
    fn quantiles(
        &self,
        raw: &RawTable,
        columns: &Columns,
        at: usize,
        faults: &mut Faults,
    ) -> Option<Vec<f64>> {
        let values = columns.quantiles.iter().map(|column| number(column, at));
        let values: Vec<f64> = values.collect::<Option<_>>()?;
        let names = &self.forecast.quantiles;
        let falls = values.windows(2).position(|pair| pair[0] > pair[1]);
        if let Some(lower) = falls {
            let unit = self.forecast.kind.unit.as_ref();
            let expected =
                format!("below `{}`, which is {}", names[lower], bound(values[lower], unit));
            let found = bound(values[lower + 1], unit);
            let at = self.at(raw, at, &names[lower + 1]);
            faults.cell(&at, "bad-data", &found, expected);
            return None;
        }
        Some(values)
    }

    fn at<'a>(&'a self, raw: &'a RawTable, row: usize, column: &'a str) -> At<'a> {
        At {
            file: &self.bytes.file,
            row: Some(u64::from(raw.places[row])),
            row_word: &raw.row_word,
            column,
        }
    }

    fn fault(
        &self,
        (raw, row, column): (&RawTable, usize, &str),
        code: &'static str,
        found: &str,
        expected: impl Into<String>,
        faults: &mut Faults,
    ) {
        faults.cell(&self.at(raw, row, column), code, found, expected);
    }
}

/// Values of one forecast at most: 0.8 GB.
const MOST_VALUES: usize = 100_000_000;

/// The number that a column has for a row of its file.
fn number(column: &Column, row: usize) -> Option<f64> {
    match &column.data {
        ColumnData::Number(values) if column.has(row) => values.get(row).copied(),
        _ => None,
    }
}

impl<'s> Values<'s> {
    /// Nothing for each slot of so many rows, unless that is more than can be held.
    fn none(
        schema: &'s Schema,
        forecast: &'s ForecastSchema,
        rows: usize,
        faults: &mut Faults,
    ) -> Option<Values<'s>> {
        let slots = schema.slots[forecast.slots].count as usize;
        let count = rows.saturating_mul(slots).saturating_mul(forecast.quantiles.len());
        if count > MOST_VALUES {
            let name = &forecast.name;
            let message = format!("the forecast `{name}` would have {count} values");
            let note = format!(
                "{rows} rows times {slots} slots times its quantiles; at most {MOST_VALUES}"
            );
            let help = "forecast less far, or in longer slots";
            faults.finding(Diagnostic::error("model-over-limit", message).note(note).help(help));
            return None;
        }
        let values = vec![f64::NAN; count];
        Some(Values { forecast, slots, values, before: vec![None; rows], filled: None })
    }

    /// Where the quantiles of a slot are.
    fn span(&self, row: usize, slot: usize) -> std::ops::Range<usize> {
        let width = self.forecast.quantiles.len();
        let start = (row * self.slots + slot) * width;
        start..start + width
    }

    fn put(&mut self, row: usize, slot: usize, own: &[f64]) {
        let span = self.span(row, slot);
        self.values[span].copy_from_slice(own);
    }

    fn put_before(&mut self, row: usize, time: f64, own: Vec<f64>) {
        let before = &mut self.before[row];
        if before.as_ref().is_none_or(|(known, _)| *known < time) {
            *before = Some((time, own));
        }
    }

    fn has(&self, row: usize, slot: usize) -> bool {
        !self.values[self.span(row, slot).start].is_nan()
    }

    /// Puts values where there are none, as the forecast says; the rows that lack some all the same, ascending.
    fn complete(&mut self) -> Vec<usize> {
        let (mut rows, mut filled) = (0, 0);
        let mut without = Vec::new();
        for row in 0..self.before.len() {
            let missing = (0..self.slots).filter(|slot| !self.has(row, *slot)).count();
            match self.forecast.missing {
                Missing::Assume(value) => {
                    for slot in
                        (0..self.slots).filter(|slot| !self.has(row, *slot)).collect::<Vec<_>>()
                    {
                        let span = self.span(row, slot);
                        self.values[span].fill(value);
                    }
                }
                Missing::Last(age) => self.carry(row, age),
                Missing::Deny | Missing::Exclude => {}
            }
            let left = (0..self.slots).filter(|slot| !self.has(row, *slot)).count();
            if left > 0 {
                without.push(row);
            }
            rows += u64::from(left < missing);
            filled += (missing - left) as u64;
        }
        if filled > 0 {
            let by = match self.forecast.missing {
                Missing::Assume(value) => Filling::Assumed {
                    value: bound(value, self.forecast.kind.unit.as_ref()),
                    slots: filled,
                },
                _ => Filling::Last { slots: filled },
            };
            let (input, field) = (String::new(), self.forecast.name.clone());
            self.filled = Some(Filled { input, field, rows, by });
        }
        without
    }

    /// Carries the last values before a slot forward, for so many seconds at most.
    fn carry(&mut self, row: usize, age: f64) {
        let mut last = self.before[row].clone();
        for slot in 0..self.slots {
            let begins = self.forecast.first + slot as f64 * self.forecast.every;
            let span = self.span(row, slot);
            if self.has(row, slot) {
                last = Some((begins, self.values[span].to_vec()));
            } else if let Some((time, own)) = &last
                && begins - time <= age
            {
                self.values[span].copy_from_slice(own);
            }
        }
    }

    /// Says which rows have no forecast.
    fn lacking(
        &self,
        without: &[usize],
        input: &str,
        named: &dyn Fn(&usize) -> String,
    ) -> Diagnostic {
        let name = &self.forecast.name;
        let rows = counted(without.len(), "row", "rows");
        let message = format!("{rows} of `{input}` without a forecast `{name}` for every slot");
        let mut finding = Diagnostic::error("missing-forecast", message);
        for row in without.iter().take(NAMED) {
            let slots: Vec<usize> = (0..self.slots).filter(|it| !self.has(*row, *it)).collect();
            let first = slots.first().copied().unwrap_or_default();
            let begins = instant(self.forecast.first + first as f64 * self.forecast.every);
            let all = self.slots;
            let count = slots.len();
            finding = finding.note(format!(
                "`{}` has none for {count} of {all} slots, the first of which begins at {begins}",
                named(row)
            ));
        }
        if without.len() > NAMED {
            finding = finding.note(format!("… and {} more", without.len() - NAMED));
        }
        finding.help(match self.forecast.missing {
            Missing::Last(_) => {
                "let older values do, or assume one: `on missing assume …`; `on missing exclude` \
                 leaves these rows out"
            }
            _ => {
                "say what these have: `on missing assume …`, or `on missing last within …`; \
                 `on missing exclude` leaves them out"
            }
        })
    }

    /// Leaves rows out.
    fn keep(&mut self, kept: &[bool]) {
        let width = self.slots * self.forecast.quantiles.len();
        let mut at = 0;
        self.values.retain(|_| {
            at += 1;
            kept.get((at - 1) / width.max(1)) == Some(&true)
        });
        retain(&mut self.before, kept);
    }

    /// What was put in the place of missing values.
    pub(crate) fn filled(&self, input: &str) -> Option<Filled> {
        self.filled.clone().map(|filled| Filled { input: input.to_owned(), ..filled })
    }

    /// A column for each quantile: maps in which every slot has an entry.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let width = self.forecast.quantiles.len();
        let rows = self.before.len();
        let start: Vec<u32> = (0..=rows).map(|row| (row * self.slots) as u32).collect();
        let keys: Vec<u32> = (0..rows).flat_map(|_| 0..self.slots as u32).collect();
        let columns = (0..width).map(|quantile| {
            let own = self.values.iter().skip(quantile).step_by(width);
            // What is missing has been told, and there is no world.
            let own = own.map(|value| if value.is_nan() { 0.0 } else { *value });
            let values = Box::new(ColumnData::Number(own.collect()));
            let data = ColumnData::Map { start: start.clone(), keys: keys.clone(), values };
            Column { data, present: None }
        });
        columns.collect()
    }
}

/// A point in time: `2026-11-23T14:00:00Z`.
fn instant(at: f64) -> String {
    jiff::Timestamp::from_second(at as i64).map_or(at.to_string(), |at| at.to_string())
}
