/// What becomes of times that clocks skip or show twice. All instants are UTC.
enum ClockChangeCases {
    static let all: [CronCase] = spring + autumn + unusual

    /// Clocks are set ahead: in Berlin on 29 March 2026 at 01:00 UTC, from 02:00 to 03:00.
    private static let spring: [CronCase] = [
        // A fixed time in the gap runs once, right after it; the next day as ever.
        CronCase("30 2 * * *", after: "2026-03-28T01:30:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"], zone: "Europe/Berlin"),
        // Two times in the gap are one run, also with the time at which the gap ends.
        CronCase(
            "0,30 2,3 * * *", after: "2026-03-29T00:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:00:00Z"],
            zone: "Europe/Berlin"),
        CronCase("*/30 2 * * *", after: "2026-03-28T01:30:00Z", ["2026-03-30T00:00:00Z"], zone: "Europe/Berlin"),
        // With a star in front of minute or hour, or with seconds, time passes as it does.
        CronCase("30 * * * *", after: "2026-03-28T23:30:00Z", ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"], zone: "Europe/Berlin"),
        CronCase("0 30 2 * * *", after: "2026-03-28T01:30:00Z", ["2026-03-30T00:30:00Z"], zone: "Europe/Berlin"),
        CronCase(
            "@hourly", after: "2026-03-28T23:30:00Z", ["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"],
            zone: "Europe/Berlin"),
        // A range or list of hours is fixed times.
        CronCase(
            "15 1-3 * * *", after: "2026-03-29T00:00:00Z", ["2026-03-29T00:15:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z"],
            zone: "Europe/Berlin"),
        // Dublin's winter time is the one that is called summer time backward; its clocks are set like others'.
        CronCase("30 1 * * *", after: "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"], zone: "Europe/Dublin"),
        CronCase("30 2 * * *", after: "2026-03-07T12:00:00Z", ["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"], zone: "America/New_York"),
        // Far ahead, by the rule of today.
        CronCase("30 2 * * *", after: "2060-03-28T00:00:00Z", ["2060-03-28T01:00:00Z", "2060-03-29T00:30:00Z"], zone: "Europe/Berlin"),
    ]

    /// Clocks are set back: in Berlin on 25 October 2026 at 01:00 UTC, from 03:00 to 02:00.
    private static let autumn: [CronCase] = [
        // A fixed time in the repeated hour runs once, in its first half.
        CronCase("30 2 * * *", after: "2026-10-24T00:30:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"], zone: "Europe/Berlin"),
        // Asked in the second half, it does not come again, and nothing before now does.
        CronCase("30 2 * * *", after: "2026-10-25T01:15:00Z", ["2026-10-26T01:30:00Z"], zone: "Europe/Berlin"),
        CronCase("*/15 * * * *", after: "2026-10-25T01:50:00Z", ["2026-10-25T02:00:00Z"], zone: "Europe/Berlin"),
        // With a star in front, or with seconds, both halves are real.
        CronCase(
            "30 * * * *", after: "2026-10-25T00:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"],
            zone: "Europe/Berlin"),
        CronCase(
            "0 30 2 * * *", after: "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"],
            zone: "Europe/Berlin"),
        CronCase(
            "*/30 2 * * *", after: "2026-10-25T00:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"],
            zone: "Europe/Berlin"),
        CronCase("0 0-23 * * *", after: "2026-10-24T23:00:00Z", ["2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"], zone: "Europe/Berlin"),
        CronCase("15 1 * * *", after: "2026-10-31T12:00:00Z", ["2026-11-01T05:15:00Z", "2026-11-02T06:15:00Z"], zone: "America/New_York"),
    ]

    private static let unusual: [CronCase] = [
        // Half an hour: Lord Howe skips 02:00 to 02:30 on 4 October 2026 at 15:30 UTC the day before, and repeats 01:30 to 02:00 in April.
        CronCase(
            "15 2 * * *", after: "2026-10-03T00:00:00Z", ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"], zone: "Australia/Lord_Howe"),
        CronCase(
            "0 0 3 * * *", after: "2026-10-03T00:00:00Z", ["2026-10-03T16:00:00Z", "2026-10-04T16:00:00Z"], zone: "Australia/Lord_Howe"),
        CronCase(
            "45 1 * * *", after: "2026-04-04T00:00:00Z", ["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"], zone: "Australia/Lord_Howe"),
        CronCase(
            "45 * * * *", after: "2026-04-04T14:00:00Z", ["2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-04T16:15:00Z"],
            zone: "Australia/Lord_Howe"),
        // Two hours: Troll skips 01:00 to 03:00 on 29 March 2026, and repeats them on 25 October.
        CronCase("0 1,2 * * *", after: "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-29T23:00:00Z"], zone: "Antarctica/Troll"),
        CronCase(
            "0 1,2 * * *", after: "2026-10-24T12:00:00Z", ["2026-10-24T23:00:00Z", "2026-10-25T00:00:00Z", "2026-10-26T01:00:00Z"],
            zone: "Antarctica/Troll"),
        // A gap at midnight: Sao Paulo skipped the first hour of 15 October 2017, a Sunday, and came back on 18 February 2018 at midnight.
        CronCase("0 0 * * *", after: "2017-10-14T03:00:00Z", ["2017-10-15T03:00:00Z", "2017-10-16T02:00:00Z"], zone: "America/Sao_Paulo"),
        CronCase(
            "30 23 * * *", after: "2018-02-17T00:00:00Z", ["2018-02-17T01:30:00Z", "2018-02-18T01:30:00Z", "2018-02-19T02:30:00Z"],
            zone: "America/Sao_Paulo"),
        CronCase("0 0 0 * * *", after: "2017-10-14T03:00:00Z", ["2017-10-16T02:00:00Z"], zone: "America/Sao_Paulo"),
        // A weekly time in it would be lost for a week: it runs after the gap. One o'clock is there, as the first of that day.
        CronCase(
            "0 0 0 * * SUN", after: "2017-10-10T00:00:00Z", ["2017-10-15T03:00:00Z", "2017-10-22T02:00:00Z"], zone: "America/Sao_Paulo"),
        CronCase(
            "0 0 1 * * SUN", after: "2017-10-10T00:00:00Z", ["2017-10-15T03:00:00Z", "2017-10-22T03:00:00Z"], zone: "America/Sao_Paulo"),
        CronCase("0 30 0 * * SUN", after: "2017-10-10T00:00:00Z", ["2017-10-22T02:30:00Z"], zone: "America/Sao_Paulo"),
        // Apia went to bed on Thursday the 29th and woke up on Saturday the 31st of December 2011, at 10:00 UTC of the 30th.
        CronCase(
            "0 12 * * *", after: "2011-12-29T00:00:00Z", ["2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"],
            zone: "Pacific/Apia"),
        CronCase("0 12 30 12 *", after: "2011-12-01T00:00:00Z", ["2011-12-30T10:00:00Z", "2012-12-29T22:00:00Z"], zone: "Pacific/Apia"),
        CronCase("0 0 12 30 12 *", after: "2011-12-01T00:00:00Z", ["2012-12-29T22:00:00Z"], zone: "Pacific/Apia"),
        // Zones of odd minutes, one with clock changes.
        CronCase("0 6 * * *", after: "2026-11-21T00:00:00Z", ["2026-11-21T00:15:00Z", "2026-11-22T00:15:00Z"], zone: "Asia/Kathmandu"),
        CronCase("30 2 * * *", after: "2026-03-07T12:00:00Z", ["2026-03-08T05:30:00Z", "2026-03-09T05:00:00Z"], zone: "America/St_Johns"),
        // Casablanca sets its clocks back for Ramadan: on 15 February 2026 from 03:00 to 02:00, and ahead on 22 March.
        CronCase("30 2 * * *", after: "2026-02-14T12:00:00Z", ["2026-02-15T01:30:00Z", "2026-02-16T02:30:00Z"], zone: "Africa/Casablanca"),
        CronCase("30 2 * * *", after: "2026-03-21T12:00:00Z", ["2026-03-22T02:00:00Z", "2026-03-23T01:30:00Z"], zone: "Africa/Casablanca"),
    ]
}
