import Testing

@testable import Assembly

@Suite("A wrong option of the jobs that keep a registry tidy")
struct UpkeepProblemsTests {
    @Test("the sample itself is right")
    func sample() {
        #expect(ConfigurationSamples.problems(ConfigurationSamples.upkeep).isEmpty)
    }

    @Test(
        "an option of another kind or of no kind is named with its place",
        arguments: [
            SlipCase(
                "    window: 5h", "    window: 5h\n    ▸time_window: 2h", "'time_window' is an option of gc, not of rescan"),
            SlipCase("    time_window: 3h", "    ▸window: 3h", "'window' is an option of rescan, not of gc"),
            SlipCase("    max_blobs: 200", "    ▸max_artifacts: 200", "'max_artifacts' is an option of retention, not of gc"),
            SlipCase("    deadline: 6h", "    ▸max_share: 5%", "'max_share' is an option of retention, gc, not of backup"),
            SlipCase(
                "    max_blobs: 200", "    ▸max_blob: 200", "unknown key 'max_blob' in 'jobs.gc'", hint: "did you mean 'max_blobs'?"),
        ])
    func unknownOptions(_ slip: SlipCase) throws { try slip.check(in: ConfigurationSamples.upkeep) }

    @Test(
        "a limit that is none is told what it may be",
        arguments: [
            SlipCase("workers: 4", "workers: ▸11", "'jobs.gc.workers': '11' must be a number from 1 to 10"),
            SlipCase("workers: 4", "workers: ▸all", "'jobs.gc.workers': 'all' must be a number from 1 to 10"),
            SlipCase("max_blobs: 200", "max_blobs: ▸0", "'jobs.gc.max_blobs': '0' must be a number from 1 to 100000000"),
            SlipCase(
                "max_share: 5%", "max_share: ▸5", "'jobs.gc.max_share': '5' is a percentage without its sign", hint: "write it as 20%"),
            SlipCase("max_share: 5%", "max_share: ▸0%", "'jobs.gc.max_share': '0%' must be above 0% and at most 100%"),
            SlipCase(
                "max_share: 12.5%", "max_share: ▸a fifth", "'jobs.retention.max_share': 'a fifth' is not a percentage",
                hint: "write it as 20%"),
            SlipCase(
                "coverage: ignored", "coverage: ▸require", "'jobs.gc.coverage': 'require' must be one of required, ignored",
                hint: "did you mean 'required'?"),
            SlipCase(
                "time_window: 3h", "time_window: ▸3", "'jobs.gc.time_window': '3' is a duration without a unit",
                hint: "write numbers with units s, m, h or d, such as 90s, 15m or 1h30m"),
            SlipCase("delete_untagged: true", "delete_untagged: ▸yes", "'jobs.gc.delete_untagged': 'yes' must be true or false"),
            SlipCase("stuck_after: 20m", "stuck_after: ▸0s", "'jobs.rescan.stuck_after': '0s' must be longer than nothing"),
            SlipCase("parallel: 8", "parallel: ▸0", "'jobs.rescan.parallel': '0' must be a number from 1 to 1000"),
            SlipCase(
                "rate: 30/m", "rate: ▸30", "'jobs.rescan.rate': '30' must be a number from 1 to 10000 a minute", hint: "write it as 60/m"),
            SlipCase(
                "rate: 90/m", "rate: ▸90/h", "'jobs.retention.rate': '90/h' must be a number from 1 to 10000 a minute",
                hint: "write it as 60/m"),
            SlipCase("max_queue: 10", "max_queue: ▸-1", "'jobs.rescan.max_queue': '-1' must be a number from 0 to 1000000"),
            SlipCase(
                "rollback_releases: 2", "rollback_releases: ▸-1",
                "'jobs.retention.rollback_releases': '-1' must be a number from 0 to 10000"),
        ])
    func wrongLimits(_ slip: SlipCase) throws { try slip.check(in: ConfigurationSamples.upkeep) }

    @Test(
        "a retention that cannot be meant so is refused",
        arguments: [
            SlipCase(
                "mode: enforce", "mode: ▸enforced", "'jobs.retention.mode': 'enforced' must be one of report, enforce",
                hint: "did you mean 'enforce'?"),
            SlipCase(
                "    mode: enforce\n    enforce_from: 2027", "    mode: report\n    enforce_from: ▸2027",
                "'jobs.retention.enforce_from' says when deletions begin, and 'mode' is report", hint: "add 'mode: enforce'"),
            SlipCase(
                "enforce_from: 2027-01-01", "enforce_from: ▸2027-02-29",
                "'jobs.retention.enforce_from': '2027-02-29' is neither a day nor a time",
                hint: "write it as 2027-01-01 or 2027-01-01T04:00:00Z"),
            SlipCase(
                "enforce_from: 2027-01-01", "enforce_from: ▸01.01.2027",
                "'jobs.retention.enforce_from': '01.01.2027' is neither a day nor a time",
                hint: "write it as 2027-01-01 or 2027-01-01T04:00:00Z"),
            SlipCase(
                "projects: \"team-*\"", "projects: ▸team-a/**", "'jobs.retention.projects': 'team-a/**' matches no project",
                hint: "name projects without what follows the '/'"),
            SlipCase(
                "[\"team-*/**\"]", "[▸\"team-*\"]", "'jobs.retention.classes.releases.repositories': 'team-*' matches no repository",
                hint: "repositories are named with their project: did you mean 'team-*/**'?"),
            SlipCase(
                "tags: \"*\"", "tags: ▸app/*", "'jobs.retention.classes.branches.tags': 'app/*' matches no tag",
                hint: "tags hold no '/'; 'repositories' tells where they are looked for"),
            SlipCase(
                "tags: \"*\"", "tags: ▸\"v[0-9\"",
                "'jobs.retention.classes.branches.tags': 'v[0-9' is no pattern: pattern 'v[0-9' has a [ without its ]",
                hint: "close it, or put \\ before the character"),
            SlipCase("tags: \"*\"", "tags: ▸[]", "'jobs.retention.classes.branches.tags' is empty"),
            SlipCase(
                "untagged: true", "untagged: ▸false", "'jobs.retention.classes.rest.untagged': 'false' must be true, or left out"),
            SlipCase(
                "versions: releases", "versions: ▸true", "'jobs.retention.classes.releases.versions': 'true' must be one of releases, all"),
            SlipCase(
                "        untagged: true\n        keep: all", "        ▸keep: all", "'jobs.retention.classes.rest' names no members",
                hint: "give exactly one of 'tags', 'versions' and 'untagged'"),
            SlipCase(
                "        untagged: true\n", "        ▸untagged: true\n        tags: \"x-*\"\n",
                "'jobs.retention.classes.rest' names 'tags' and 'untagged'",
                hint: "give exactly one of 'tags', 'versions' and 'untagged'"),
            SlipCase(
                "        untagged: true\n", "        untagged: true\n        except_tags: ▸x\n",
                "'jobs.retention.classes.rest.except_tags' takes tags out of 'tags', which is not given",
                hint: "give 'tags' instead of 'untagged'"),
            SlipCase(
                "untagged: true\n        keep: all", "▸untagged: true", "'jobs.retention.classes.rest' needs 'keep'",
                hint: "such as {last: 5, pushed_within: 30d}, or all, or none"),
            SlipCase(
                "keep: all", "keep: ▸some", "'jobs.retention.classes.rest.keep': 'some' must be one of all, none"),
            SlipCase(
                "keep: all", "keep: ▸{}", "'jobs.retention.classes.rest.keep' says nothing that stays",
                hint: "give 'last', 'pushed_within' or 'pulled_within', or write 'keep: none'"),
            SlipCase("last: 5", "last: ▸0", "'jobs.retention.classes.releases.keep.last': '0' must be a number from 1 to 1000000"),
            SlipCase(
                "last: 5, per: minor", "per: ▸minor",
                "'jobs.retention.classes.releases.keep.per' tells among which tags 'last' counts, which is not given"),
            SlipCase(
                "keep: none", "keep: {last: 1, per: ▸minor}",
                "'jobs.retention.classes.branches.keep.per': only versions have a minor number", hint: "give 'versions'"),
            SlipCase(
                "pulled_within: 30d", "▸puled_within: 30d", "unknown key 'puled_within' in 'jobs.retention.classes.releases.keep'",
                hint: "did you mean 'pulled_within'?"),
            SlipCase(
                "      branches:", "      ▸Branches:", "'jobs.retention.classes': 'Branches' is not a usable name",
                hint: "use up to 40 of a-z, 0-9, '-' and '_', the first a letter or a digit"),
        ])
    func wrongRetention(_ slip: SlipCase) throws { try slip.check(in: ConfigurationSamples.upkeep) }

    @Test("a retention with nothing to judge by is refused")
    func nothingToJudgeBy() {
        let gc = "  gc:\n    schedule: \"@daily\"\n    requires: {complete_snapshot: 26h}\n"
        func whats(_ options: String) -> [String] {
            ConfigurationSamples.problems(
                ConfigurationSamples.writer(replacing: gc, with: "  retention: {schedule: manual, \(options)}\n")
            ).map(\.what)
        }
        #expect(whats("harbor_policies: false") == ["'jobs.retention' has neither 'classes' nor Harbor's policies to judge by"])
        #expect(whats("classes: {}") == ["'jobs.retention.classes' is empty"])
        #expect(whats("harbor_policies: true").isEmpty)
    }

    @Test(
        "a list of running images that cannot be read so is refused",
        arguments: [
            SlipCase("at_least: 3", "at_least: ▸some", "'pins.at_least': 'some' must be a number from 0 to 1000000"),
            SlipCase("max_age: 12h", "▸max_ago: 12h", "unknown key 'max_ago' in 'pins'", hint: "did you mean 'max_age'?"),
            SlipCase(
                "/var/lib/pins/staging", "▸pins/staging", "'pins.files.staging': 'pins/staging' must be an absolute path",
                hint: "begin it with '/'"),
            SlipCase(
                "staging: /var", "▸Staging: /var", "'pins.files': 'Staging' is not a usable name",
                hint: "use up to 40 of a-z, 0-9, '-' and '_', the first a letter or a digit"),
            SlipCase("{staging: /var/lib/pins/staging}", "▸{}", "'pins.files' is empty"),
            SlipCase(
                "staging: /var", "production: /var", "'pins.commands.production': a file has this name already",
                hint: "reports name a list by this word alone"),
            SlipCase(
                "[kubectl, get, pods, -A, \"jsonpath={..image}\"]", "▸kubectl get pods",
                "'pins.commands.production.run': the program's name holds a space, and no shell parts it from its arguments",
                hint: "write a list: [kubectl, get, pods]"),
            SlipCase(
                "[kubectl,", "▸[bin/kubectl,",
                "'pins.commands.production.run': 'bin/kubectl' must be an absolute path, or a bare name that PATH knows"),
            SlipCase("[kubectl, get, pods, -A, \"jsonpath={..image}\"]", "▸[]", "'pins.commands.production.run' names no program"),
            SlipCase("limit: 30s", "limit: ▸0s", "'pins.commands.production.limit': '0s' must be longer than nothing"),
            SlipCase("limit: 30s", "▸timeout: 30s", "unknown key 'timeout' in 'pins.commands.production'", hint: "known: limit"),
            SlipCase(
                "[registry.internal:5000,", "[▸\"https://registry.internal/v2\",",
                "'pins.registries': 'https://registry.internal/v2' must begin with the host", hint: "did you mean 'registry.internal'?"),
            SlipCase(
                "[registry.internal:5000,", "[▸registry.internal/library,", "'pins.registries': 'registry.internal/library' is no registry",
                hint: "write it as images spell it before the first '/': registry.internal:5000"),
        ])
    func wrongPins(_ slip: SlipCase) throws {
        // The mark of a problem with a whole section stands at its first key, which a replacement cannot always reach.
        guard slip.new.contains("▸") else {
            let problems = ConfigurationSamples.problems(
                ConfigurationSamples.replacing(slip.old, in: ConfigurationSamples.upkeep, with: slip.new))
            #expect(problems.map(\.what) == [slip.what] && problems.map(\.hint) == [slip.hint], "\(problems)")
            return
        }
        try slip.check(in: ConfigurationSamples.upkeep)
    }

    @Test("pins that name no list are refused, and a check of pins needs them")
    func withoutLists() {
        let text = ConfigurationSamples.writer(
            replacing: "jobs:\n", with: "pins: {max_age: 1h}\njobs:\n  pin-check: {schedule: manual}\n")
        #expect(ConfigurationSamples.problems(text).map(\.what) == ["'pins' names nothing that lists the images in use"])
        #expect(
            ConfigurationSamples.problems(text.replacing("pins: {max_age: 1h}\n", with: "")).map(\.what) == [
                "job 'pin-check' needs the section 'pins'"
            ])
    }

    @Test("each of these jobs needs Harbor and its database", arguments: ["gc", "rescan", "retention"])
    func missingSections(kind: String) {
        let text = """
            vaults: {main: {target: {filesystem: /srv/vault}, signers: ["\(ExampleKeys.signer)"]}}
            jobs: {\(kind): {schedule: manual}}
            """
        #expect(
            ConfigurationSamples.problems(text).map(\.what) == [
                "job '\(kind)' needs the section 'harbor'", "job '\(kind)' needs the section 'database'",
            ])
    }
}
