import CurlTransport

extension HarborClient {
    /// Returns where Harbor's core answers; nothing behind it is asked.
    package func ping() async throws {
        let answer = try await text(HarborCall(.getPing, "/ping"))
        guard answer.contains("Pong") else { throw HarborOperation.getPing.unexpected("it is not Harbor's") }
    }

    /// The state of Harbor's parts. It needs no credential.
    package func health() async throws -> HarborHealth { try HarborHealth(await object(HarborCall(.getHealth, "/health"))) }

    /// What Harbor says of itself; less where the credential is not valid.
    package func systemInfo() async throws -> SystemInfo { try SystemInfo(await object(HarborCall(.getSystemInfo, "/systeminfo"))) }

    /// The file systems of Harbor's core.
    package func volumes() async throws -> [Volume] {
        try await object(HarborCall(.getVolumes, "/systeminfo/volumes")).objects("storage").map(Volume.init)
    }

    /// Whom Harbor takes the account for that all calls use. It does not throw `unauthorized`.
    package func whoAmI() async throws -> Identity {
        let call = HarborCall(.getCurrentUserInfo, "/users/current").expecting([401, 412])
        let answer = try await send(call)
        switch answer.head.status {
        case 401: return .nobody
        case 412: return .robot
        default: break
        }
        let user = try AnswerObject(try Self.value(in: answer, of: call.operation), of: call.operation)
        return .user(
            name: try user.requiredText("username"),
            isAdministrator: try user.flag("sysadmin_flag") || user.flag("admin_role_in_auth"))
    }

    /// Harbor's settings by name, without secrets. Throws `needsAdministrator` without an administrator's account.
    package func configuration() async throws -> [String: ConfigurationValue] {
        let answer = try await object(HarborCall(.getConfigurations, "/configurations"))
        return try answer.members.reduce(into: [:]) { settings, member in
            guard case .object = member.value else { return }
            settings[member.key] = try ConfigurationValue(member.key, AnswerObject(member.value, of: answer.operation))
        }
    }
}
