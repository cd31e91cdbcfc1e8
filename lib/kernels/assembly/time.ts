// Parts of dates (i32 days) and timestamps (i64 microseconds) since 1970-01-01, by Howard Hinnant's
// days_from_civil and civil_from_days (public domain).

import { valid } from './bits';

const DAY: i64 = 86400000000;

// @ts-ignore: decorator
@inline
function floorDiv(a: i64, b: i64): i64 {
  const q = a / b;
  return a % b < 0 ? q - 1 : q;
}

/** days / DAY rounded down, by way of a double: its quotient is at most one off, and divides faster. */
// @ts-ignore: decorator
@inline
function dayOf(micros: i64): i64 {
  let day = <i64>floor<f64>(<f64>micros * (1.0 / 86400000000.0));
  const rest = micros - day * DAY;
  if (rest < 0) day--;
  else if (rest >= DAY) day++;
  return day;
}

/**
 * year << 9 | month << 5 | day; the year may be negative. Within some thousand years of today by 32-bit
 * arithmetic after Cassio Neri and Lorenz Schneider, "Euclidean affine functions" (2022).
 */
// @ts-ignore: decorator
@inline
function civil(days: i64): i64 {
  if (days < -12000000 || days > 250000000) return distantCivil(days);
  // 82 eras of 400 years before 0000-03-01, so that nothing is negative.
  const n: u32 = <u32>(<i32>days + 719468 + 146097 * 82);
  const n1: u32 = 4 * n + 3;
  const century: u32 = n1 / 146097;
  const dayOfCentury: u32 = (n1 % 146097) / 4;
  const n2: u32 = 4 * dayOfCentury + 3;
  const p2: u64 = <u64>2939745 * <u64>n2;
  const yearOfCentury: u32 = <u32>(p2 >> 32);
  const dayOfYear: u32 = (<u32>p2) / 2939745 / 4;
  const n3: u32 = 2141 * dayOfYear + 197913;
  const late: u32 = dayOfYear >= 306 ? 1 : 0;
  const year = <i32>(100 * century + yearOfCentury) - 82 * 400 + <i32>late;
  const month: u32 = (n3 >> 16) - 12 * late;
  const day: u32 = (n3 & 0xffff) / 2141 + 1;
  return (<i64>year << 9) | <i64>((month << 5) | day);
}

/** As civil, for all days. */
function distantCivil(days: i64): i64 {
  const z = days + 719468;
  const era = floorDiv(z, 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const m = (5 * dayOfYear + 2) / 153;
  const day = dayOfYear - (153 * m + 2) / 5 + 1;
  const month = m < 10 ? m + 3 : m - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return (year << 9) | (month << 5) | day;
}

// @ts-ignore: decorator
@inline
function daysOf(year: i64, month: i64, day: i64): i64 {
  const y = month <= 2 ? year - 1 : year;
  const era = floorDiv(y, 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

// @ts-ignore: decorator
@inline
function daysInMonth(year: i64, month: i64): i64 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** 1 = Monday */
// @ts-ignore: decorator
@inline
function weekday(days: i64): i64 {
  return days + 3 - floorDiv(days + 3, 7) * 7 + 1;
}

/** The ISO week: that of the Thursday of the same week. */
// @ts-ignore: decorator
@inline
function week(days: i64): i64 {
  const thursday = days - weekday(days) + 4;
  const year = civil(thursday) >> 9;
  return (thursday - daysOf(year, 1, 1)) / 7 + 1;
}

// @ts-ignore: decorator
@inline
function part(what: i32, micros: i64, days: i64): i32 {
  if (what >= 7) {
    const millis = <u32>(<f64>micros / 1000.0);
    if (what == 7) return <i32>(millis / 3600000);
    if (what == 8) return <i32>((millis / 60000) % 60);
    if (what == 9) return <i32>((millis / 1000) % 60);
    return <i32>(millis % 60000);
  }
  if (what == 5) return <i32>weekday(days);
  if (what == 3) return <i32>week(days);
  const ymd = civil(days);
  if (what == 0) return <i32>(ymd >> 9);
  if (what == 1) return <i32>((((ymd >> 5) & 15) + 2) / 3);
  if (what == 2) return <i32>((ymd >> 5) & 15);
  if (what == 4) return <i32>(ymd & 31);
  return <i32>(days - daysOf(ymd >> 9, 1, 1) + 1);
}

// @ts-ignore: decorator
@inline
function parts<T>(what: i32, data: usize, out: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    let days: i64;
    let micros: i64 = 0;
    if (sizeof<T>() == 4) days = <i64>load<i32>(data + ((<usize>i) << 2));
    else {
      const at = load<i64>(data + ((<usize>i) << 3));
      days = dayOf(at);
      micros = at - days * DAY;
    }
    store<i32>(out + ((<usize>i) << 2), part(what, micros, days));
  }
}

export function time_year_i32(data: usize, out: usize, length: i32): void {
  parts<i32>(0, data, out, length);
}

export function time_year_i64(data: usize, out: usize, length: i32): void {
  parts<i64>(0, data, out, length);
}

export function time_quarter_i32(data: usize, out: usize, length: i32): void {
  parts<i32>(1, data, out, length);
}

export function time_quarter_i64(data: usize, out: usize, length: i32): void {
  parts<i64>(1, data, out, length);
}

export function time_month_i32(data: usize, out: usize, length: i32): void {
  parts<i32>(2, data, out, length);
}

export function time_month_i64(data: usize, out: usize, length: i32): void {
  parts<i64>(2, data, out, length);
}

export function time_week_i32(data: usize, out: usize, length: i32): void {
  parts<i32>(3, data, out, length);
}

export function time_week_i64(data: usize, out: usize, length: i32): void {
  parts<i64>(3, data, out, length);
}

export function time_day_i32(data: usize, out: usize, length: i32): void {
  parts<i32>(4, data, out, length);
}

export function time_day_i64(data: usize, out: usize, length: i32): void {
  parts<i64>(4, data, out, length);
}

export function time_day_of_week_i32(data: usize, out: usize, length: i32): void {
  parts<i32>(5, data, out, length);
}

export function time_day_of_week_i64(data: usize, out: usize, length: i32): void {
  parts<i64>(5, data, out, length);
}

export function time_day_of_year_i32(data: usize, out: usize, length: i32): void {
  parts<i32>(6, data, out, length);
}

export function time_day_of_year_i64(data: usize, out: usize, length: i32): void {
  parts<i64>(6, data, out, length);
}

export function time_hour_i64(data: usize, out: usize, length: i32): void {
  parts<i64>(7, data, out, length);
}

export function time_minute_i64(data: usize, out: usize, length: i32): void {
  parts<i64>(8, data, out, length);
}

export function time_second_i64(data: usize, out: usize, length: i32): void {
  parts<i64>(9, data, out, length);
}

export function time_millisecond_i64(data: usize, out: usize, length: i32): void {
  parts<i64>(10, data, out, length);
}

/** The first day of the unit: 0 week, else so many months. */
// @ts-ignore: decorator
@inline
function truncatedDays(months: i64, days: i64): i64 {
  if (months == 0) return days - weekday(days) + 1;
  const ymd = civil(days);
  if (months == 1) return days - (ymd & 31) + 1;
  const count = (ymd >> 9) * 12 + ((ymd >> 5) & 15) - 1;
  const first = floorDiv(count, months) * months;
  const year = floorDiv(first, 12);
  return daysOf(year, first - year * 12 + 1, 1);
}

export function time_trunc_i32(data: usize, out: usize, length: i32, months: i32): void {
  for (let i: usize = 0; i < <usize>length << 2; i += 4)
    store<i32>(out + i, <i32>truncatedDays(months, load<i32>(data + i)));
}

export function time_trunc_i64(data: usize, out: usize, length: i32, months: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8)
    store<i64>(out + i, truncatedDays(months, dayOf(load<i64>(data + i))) * DAY);
}

/** Cuts timestamps to a multiple of `micros`, at most a day's. */
export function time_cut(data: usize, out: usize, length: i32, micros: f64): void {
  const unit = <i64>micros;
  for (let i: usize = 0; i < <usize>length << 3; i += 8)
    store<i64>(out + i, floorDiv(load<i64>(data + i), unit) * unit);
}

/** Which unit since 1970 (or the Monday or month that begins the count) a time lies in. */
// @ts-ignore: decorator
@inline
function ordinal<T>(value: T, months: i64, micros: i64): i64 {
  if (sizeof<T>() == 8 && micros > 0) return floorDiv(<i64>value, micros);
  const days = sizeof<T>() == 8 ? dayOf(<i64>value) : <i64>value;
  if (micros > 0) return days * (DAY / micros);
  if (months == 0) return floorDiv(days + 3, 7);
  const ymd = civil(days);
  return floorDiv((ymd >> 9) * 12 + ((ymd >> 5) & 15) - 1, months);
}

// @ts-ignore: decorator
@inline
function difference<T>(a: usize, aStep: i32, b: usize, bStep: i32, out: usize, length: i32, months: i32, micros: f64): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const x = load<T>(a + i * aStep * sizeof<T>());
    const y = load<T>(b + i * bStep * sizeof<T>());
    store<i64>(out + (i << 3), ordinal<T>(y, months, <i64>micros) - ordinal<T>(x, months, <i64>micros));
  }
}

/** Borders of a unit between a and b: units of `micros` where that is not 0, else weeks for 0 months. */
export function time_diff_i32(a: usize, aStep: i32, b: usize, bStep: i32, out: usize, length: i32, months: i32, micros: f64): void {
  difference<i32>(a, aStep, b, bStep, out, length, months, micros);
}

export function time_diff_i64(a: usize, aStep: i32, b: usize, bStep: i32, out: usize, length: i32, months: i32, micros: f64): void {
  difference<i64>(a, aStep, b, bStep, out, length, months, micros);
}

// @ts-ignore: decorator
@inline
function plusMonths(days: i64, months: i64): i64 {
  const ymd = civil(days);
  const count = (ymd >> 9) * 12 + ((ymd >> 5) & 15) - 1 + months;
  const year = floorDiv(count, 12);
  const month = count - year * 12 + 1;
  return daysOf(year, month, min<i64>(ymd & 31, daysInMonth(year, month)));
}

/** n months later, or n * micros where months is 0. The first row where that leaves the range, else -1. */
export function time_add_i64(times: usize, step: i32, n: usize, nStep: i32, out: usize, validity: usize, length: i32, months: i32, micros: f64): i32 {
  const unit = <i64>micros;
  for (let i: usize = 0; i < <usize>length; i++) {
    const at = load<i64>(times + ((i * step) << 3));
    const count = load<i64>(n + ((i * nStep) << 3));
    let result: i64;
    let bad: bool = false;
    if (months != 0) {
      bad = count > 3000000 || count < -3000000;
      const days = dayOf(at);
      const later = plusMonths(days, bad ? 0 : count * months);
      bad = bad || later > 106751990 || later < -106751990;
      result = later * DAY + (at - days * DAY);
    } else {
      const most = (i64.MAX_VALUE >> 1) / unit;
      bad = count > most || count < -most;
      result = at + count * unit;
      bad = bad || ((at ^ result) & ((count * unit) ^ result)) < 0;
    }
    store<i64>(out + (i << 3), result);
    if (bad && valid(validity, <i32>i)) return <i32>i;
  }
  return -1;
}

/** As time_add_i64 for dates; `days` is a unit in days. */
export function time_add_i32(times: usize, step: i32, n: usize, nStep: i32, out: usize, validity: usize, length: i32, months: i32, unitDays: f64): i32 {
  const unit = <i64>unitDays;
  for (let i: usize = 0; i < <usize>length; i++) {
    const at = <i64>load<i32>(times + ((i * step) << 2));
    const count = load<i64>(n + ((i * nStep) << 3));
    let bad: bool = count > 3000000000 || count < -3000000000;
    const units = bad ? 0 : count;
    const result = months != 0 ? plusMonths(at, units * months) : at + units * unit;
    bad = bad || result != <i64>(<i32>result);
    store<i32>(out + (i << 2), <i32>result);
    if (bad && valid(validity, <i32>i)) return <i32>i;
  }
  return -1;
}

/** The date of each year, month and day; the first row that names none, else -1. */
export function time_make(years: usize, yStep: i32, months: usize, mStep: i32, days: usize, dStep: i32, out: usize, validity: usize, length: i32): i32 {
  for (let i: usize = 0; i < <usize>length; i++) {
    const year = load<i64>(years + ((i * yStep) << 3));
    const month = load<i64>(months + ((i * mStep) << 3));
    const day = load<i64>(days + ((i * dStep) << 3));
    const ok =
      year >= -999999 && year <= 999999 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
    store<i32>(out + (i << 2), ok ? <i32>daysOf(year, month, day) : 0);
    if (!ok && valid(validity, <i32>i)) return <i32>i;
  }
  return -1;
}

/** Seconds to microseconds, to the nearest; the first row out of range, else -1. */
export function time_from_seconds(data: usize, out: usize, validity: usize, length: i32): i32 {
  for (let i: usize = 0; i < <usize>length; i++) {
    const micros = nearest<f64>(load<f64>(data + (i << 3)) * 1e6);
    store<i64>(out + (i << 3), <i64>micros);
    if (abs<f64>(micros) < 9223372036854774784.0) continue;
    if (valid(validity, <i32>i)) return <i32>i;
  }
  return -1;
}

/** Seconds since 1970. */
export function time_epoch_i32(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length; i++) store<f64>(out + (i << 3), <f64>load<i32>(data + (i << 2)) * 86400.0);
}

export function time_epoch_i64(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length; i++) store<f64>(out + (i << 3), <f64>load<i64>(data + (i << 3)) / 1e6);
}
