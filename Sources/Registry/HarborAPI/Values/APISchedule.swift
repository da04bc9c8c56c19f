package import Foundation

/// Something that Harbor does by itself.
package struct APISchedule: Sendable, Equatable {
    /// Harbor's own number.
    package let id: Int64
    /// What it does, such as `GARBAGE_COLLECTION` or `RETENTION`.
    package let vendorType: String
    /// What it does it for, such as a policy's number; nil where there is one of its kind only.
    package let vendorID: Int64?
    /// Six fields, seconds first, in UTC.
    package let cron: String
    /// When it was last changed.
    package let updated: Date?

    /// A schedule.
    package init(id: Int64, vendorType: String, vendorID: Int64?, cron: String, updated: Date?) {
        self.id = id
        self.vendorType = vendorType
        self.vendorID = vendorID
        self.cron = cron
        self.updated = updated
    }

    init(_ answer: AnswerObject) throws {
        id = try answer.requiredInteger("id")
        vendorType = try answer.text("vendor_type") ?? ""
        let vendor = try answer.integer("vendor_id")
        vendorID = vendor > 0 ? vendor : nil
        cron = try answer.text("cron") ?? ""
        updated = try answer.time("update_time")
    }
}
