import { Long, ObjectId } from 'bson';
import { describe, expect, it } from 'vitest';
import { evaluate, expectRefused, expectValue } from './expressions.js';

const at = new Date('2024-03-10T09:30:15.123Z');
const parts = (date: unknown, timezone?: unknown) => ({ date, ...(timezone !== undefined && { timezone }) });

describe('parts of a date', () => {
  it.each<[string, unknown, unknown]>([
    ['$year', at, 2024],
    ['$month', at, 3],
    ['$dayOfMonth', at, 10],
    ['$hour', at, 9],
    ['$minute', at, 30],
    ['$second', at, 15],
    ['$millisecond', at, 123],
    ['$dayOfWeek', at, 1],
    ['$isoDayOfWeek', at, 7],
    ['$dayOfYear', at, 70],
    ['$week', at, 10],
    ['$isoWeek', at, 10],
    ['$isoWeekYear', new Date('2021-01-03'), Long.fromNumber(2020)],
    ['$isoWeek', new Date('2021-01-03'), 53],
    ['$week', new Date('2023-01-01'), 1],
    ['$week', new Date('2024-01-01'), 0],
    ['$year', null, null],
  ])('%s of %s', (operator, date, expected) => {
    expectValue({ [operator]: date }, expected);
  });

  it.each<[string, number]>([
    ['UTC', 9],
    ['GMT', 9],
    ['America/New_York', 5],
    ['Asia/Seoul', 18],
    ['Asia/Kolkata', 15],
    ['+03', 12],
    ['-0330', 6],
    ['+05:45', 15],
  ])('are those of the zone %s', (zone, hour) => {
    expectValue({ $hour: parts(at, zone) }, hour);
  });

  it('follow summer time', () => {
    expectValue({ $hour: parts(new Date('2024-03-10T06:59:00Z'), 'America/New_York') }, 1);
    expectValue({ $hour: parts(new Date('2024-03-10T07:00:00Z'), 'America/New_York') }, 3);
  });

  it('are null for a zone that is null, and refused for one that there is not', () => {
    expectValue({ $hour: parts(at, null) }, null);
    expectRefused({ $hour: parts(at, 'Mars/Base') }, 40485);
    expectRefused({ $hour: parts(at, 5) }, 40517);
  });

  it('are those of an ObjectId too, and refused of a string', () => {
    expectValue({ $year: '$_id' }, 2024, { _id: new ObjectId('65ed8207' + '0'.repeat(16)) });
    expectRefused({ $year: 'x' }, 16006);
  });

  it('come all at once, and make a date again', () => {
    const all = { year: 2024, month: 3, day: 10, hour: 18, minute: 30, second: 15, millisecond: 123 };

    expectValue({ $dateToParts: parts(at, 'Asia/Seoul') }, all);
    expectValue({ $dateFromParts: { ...all, timezone: 'Asia/Seoul' } }, at);
    expectValue({ $dateFromParts: { isoWeekYear: 2024, isoWeek: 10, isoDayOfWeek: 7 } }, new Date('2024-03-10'));
    expectValue({ $dateFromParts: { year: 2023, month: 14, day: 0 } }, new Date('2024-01-31'));
    expectValue({ $dateFromParts: { year: '$missing' } }, null);
    expectRefused({ $dateFromParts: { year: 0 } }, 40523);
  });
});

describe('dates and texts', () => {
  it.each<[string, object, unknown]>([
    ['ISO 8601 by default', { date: at }, '2024-03-10T09:30:15.123Z'],
    ['a zone without Z', { date: at, timezone: 'Asia/Seoul' }, '2024-03-10T18:30:15.123'],
    ['a format', { date: at, format: '%d.%m.%Y %H:%M %% %j %u %V' }, '10.03.2024 09:30 % 070 7 10'],
    ['names of months', { date: at, format: '%b %B' }, 'Mar March'],
    ['offsets', { date: at, format: '%z %Z', timezone: '-03:30' }, '-0330 -210'],
    ['null', { date: null }, null],
    ['onNull', { date: '$missing', onNull: 'never' }, 'never'],
  ])('writes %s', (_, argument, expected) => {
    expectValue({ $dateToString: argument }, expected);
  });

  it.each<[string, object, unknown]>([
    ['ISO 8601', { dateString: '2024-03-10T09:30:15.123Z' }, at],
    ['an offset', { dateString: '2024-03-10T18:30:15.123+0900' }, at],
    ['a text of a zone', { dateString: '2024-03-10 18:30:15.123', timezone: 'Asia/Seoul' }, at],
    ['a day', { dateString: '2024-03-10' }, new Date('2024-03-10')],
    ['a format', { dateString: '10/03/2024', format: '%d/%m/%Y' }, new Date('2024-03-10')],
    ['a format with a month by name', { dateString: 'Mar 10 2024', format: '%b %d %Y' }, new Date('2024-03-10')],
    [
      'a format with an offset',
      { dateString: '2024-03-10 18 +0900', format: '%Y-%m-%d %H %z' },
      new Date('2024-03-10T09:00:00Z'),
    ],
    [
      'a format with part of a second',
      { dateString: '2024 03 10 .5', format: '%Y %m %d .%L' },
      new Date('2024-03-10T00:00:00.5Z'),
    ],
    ['seconds after a dot', { dateString: '2024-03-10T09:30.15.123' }, at],
    ['null', { dateString: null, onNull: 'never' }, 'never'],
    ['what is no text, before it asks for the format', { dateString: 5, format: null, onError: 'never' }, 'never'],
    ['what it cannot read, onError', { dateString: 'soon', onError: 'never' }, 'never'],
  ])('reads %s', (_, argument, expected) => {
    expectValue({ $dateFromString: argument }, expected);
  });

  it.each<[string, object, number]>([
    ['no date', { $dateFromString: { dateString: 'soon' } }, 241],
    ['$dateFromString of nothing', { $dateFromString: {} }, 40542],
    ['$dateToString of nothing', { $dateToString: {} }, 18628],
    ['$dateToString of no object', { $dateToString: 1 }, 18629],
    ['$dateToParts of nothing', { $dateToParts: {} }, 40522],
    ['$dateFromParts of no object', { $dateFromParts: 1 }, 40519],
    ['a zone said twice', { $dateFromString: { dateString: '2024-03-10T00:00:00Z', timezone: 'Asia/Seoul' } }, 241],
    ['a day that there is not', { $dateFromString: { dateString: '31/02/2024', format: '%d/%m/%Y' } }, 241],
    ['a part of a date twice', { $dateFromString: { dateString: '2024', format: '%Y%Y' } }, 241],
    ['a specifier that there is not', { $dateToString: { date: at, format: '%Q' } }, 18536],
    ['a format that is not finished', { $dateToString: { date: at, format: '100%' } }, 18535],
  ])('refuses %s', (_, expression, code) => {
    expectRefused(expression, code);
  });
});

describe('arithmetic of dates', () => {
  it.each<[string, object, Date | null]>([
    [
      'a month, to its last day',
      { startDate: new Date('2024-01-31'), unit: 'month', amount: 1 },
      new Date('2024-02-29'),
    ],
    ['a year', { startDate: new Date('2024-02-29'), unit: 'year', amount: 1 }, new Date('2025-02-28')],
    [
      'a day of a zone through summer time',
      { startDate: new Date('2024-03-09T17:00:00Z'), unit: 'day', amount: 1, timezone: 'America/New_York' },
      new Date('2024-03-10T16:00:00Z'),
    ],
    [
      'hours that pass',
      { startDate: new Date('2024-03-09T17:00:00Z'), unit: 'hour', amount: 24, timezone: 'America/New_York' },
      new Date('2024-03-10T17:00:00Z'),
    ],
    ['a quarter', { startDate: new Date('2024-01-15'), unit: 'quarter', amount: 1 }, new Date('2024-04-15')],
    ['weeks back', { startDate: new Date('2024-01-15'), unit: 'week', amount: -2 }, new Date('2024-01-01')],
    ['null', { startDate: null, unit: 'day', amount: 1 }, null],
  ])('adds %s', (_, argument, expected) => {
    expectValue({ $dateAdd: argument }, expected);
  });

  it('subtracts', () => {
    expectValue(
      { $dateSubtract: { startDate: new Date('2024-03-31'), unit: 'month', amount: 1 } },
      new Date('2024-02-29'),
    );
  });

  it.each<[string, object, number]>([
    [
      'years by their beginnings',
      { startDate: new Date('2023-12-31'), endDate: new Date('2024-01-01'), unit: 'year' },
      1,
    ],
    ['months', { startDate: new Date('2024-01-31'), endDate: new Date('2024-03-01'), unit: 'month' }, 2],
    ['quarters backwards', { startDate: new Date('2024-04-01'), endDate: new Date('2024-03-31'), unit: 'quarter' }, -1],
    [
      'weeks that begin on Sunday',
      { startDate: new Date('2024-03-09'), endDate: new Date('2024-03-10'), unit: 'week' },
      1,
    ],
    [
      'weeks that begin on Monday',
      { startDate: new Date('2024-03-09'), endDate: new Date('2024-03-10'), unit: 'week', startOfWeek: 'mon' },
      0,
    ],
    [
      'days of a zone',
      {
        startDate: new Date('2024-03-09T14:00:00Z'),
        endDate: new Date('2024-03-09T16:00:00Z'),
        unit: 'day',
        timezone: 'Asia/Seoul',
      },
      1,
    ],
    [
      'hours',
      { startDate: new Date('2024-03-09T14:59:00Z'), endDate: new Date('2024-03-09T16:00:00Z'), unit: 'hour' },
      2,
    ],
  ])('counts %s', (_, argument, expected) => {
    expectValue({ $dateDiff: argument }, Long.fromNumber(expected));
  });

  it.each<[string, object, Date]>([
    ['the month', { date: at, unit: 'month' }, new Date('2024-03-01')],
    ['the quarter', { date: at, unit: 'quarter' }, new Date('2024-01-01')],
    ['the week', { date: at, unit: 'week', startOfWeek: 'monday' }, new Date('2024-03-04')],
    ['the day of a zone', { date: at, unit: 'day', timezone: 'Asia/Seoul' }, new Date('2024-03-09T15:00:00Z')],
    ['two hours', { date: at, unit: 'hour', binSize: 2 }, new Date('2024-03-10T08:00:00Z')],
    ['a quarter of an hour', { date: at, unit: 'minute', binSize: 15 }, new Date('2024-03-10T09:30:00Z')],
    ['three years', { date: at, unit: 'year', binSize: 3 }, new Date('2024-01-01')],
    [
      'the month before the year 2000',
      { date: new Date('1969-12-31T23:00:00Z'), unit: 'month' },
      new Date('1969-12-01'),
    ],
  ])('cuts to %s', (_, argument, expected) => {
    expectValue({ $dateTrunc: argument }, expected);
  });

  it('refuses a unit that there is not, and an amount that is no integer', () => {
    expectRefused({ $dateAdd: { startDate: at, unit: 'decade', amount: 1 } }, 2);
    expectRefused({ $dateAdd: { startDate: at, unit: 'day', amount: 1.5 } }, 5166405);
    expectRefused({ $dateTrunc: { date: at, unit: 'day', binSize: 0 } }, 5439018);
  });

  it('adds and counts alike for every unit', () => {
    for (const unit of ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond']) {
      const later = { $dateAdd: { startDate: new Date('2024-01-01'), unit, amount: 5, timezone: 'America/New_York' } };
      const between = {
        $dateDiff: { startDate: new Date('2024-01-01'), endDate: later, unit, timezone: 'America/New_York' },
      };

      expect(evaluate(between)).toEqual({ $numberLong: '5' });
    }
  });
});
