/// Adds the calls that the job service stands behind.
func addJobRoutes(to routes: Routes, jobs: JobService) {
    GarbageCollectionRoutes(jobs: jobs).add(to: routes)
    RetentionRoutes(jobs: jobs).add(to: routes)
    QueueRoutes(jobs: jobs).add(to: routes)
    ScanRoutes(jobs: jobs).add(to: routes)
    ScanAllRoutes(jobs: jobs).add(to: routes)
    ScannerRoutes(jobs: jobs).add(to: routes)
}
