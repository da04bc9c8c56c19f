extension HarborClient {
    /// All projects that the account may see; all there are, with the permission to list projects in the system.
    ///
    /// Throws `unauthorized` for a credential that is not valid, also one that expires meanwhile: Harbor would list the public projects.
    package func projects() async throws -> [APIProject] {
        let call = HarborCall(.listProjects, "/projects").adding("with_detail", "true")
        let projects = try await all(HarborList(call, sortedBy: "project_id", id: \.id, read: APIProject.init))
        guard try await whoAmI() != .nobody else {
            throw HarborAPIError(
                .unauthorized, status: 401, "Harbor lists public projects only, because it does not accept the credential",
                remedy: settings.account.isRobot
                    ? "check the robot's full name and secret, and that it is neither disabled nor expired"
                    : "check the user's name and password")
        }
        return projects
    }

    /// The project called `name`. Throws `notFound`.
    package func project(_ name: String) async throws -> APIProject {
        try APIProject(await object(HarborCall(.getProject, "/projects/\(name)").namingProject()))
    }

    /// A project's repositories.
    package func repositories(in project: String) async throws -> [APIRepository] {
        let call = HarborCall(.listRepositories, "/projects/\(project)/repositories")
        return try await all(HarborList(call, sortedBy: "repository_id", id: \.id, read: APIRepository.init))
    }

    /// The rules of a project that make tags immutable.
    package func immutableRules(of project: String) async throws -> [APIImmutableRule] {
        let call = HarborCall(.listImmutableRules, "/projects/\(project)/immutabletagrules").namingProject()
        return try await all(HarborList(call, sortedBy: "id", id: \.id, read: APIImmutableRule.init))
    }
}
