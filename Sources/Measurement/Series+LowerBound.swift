extension Series {
    /// Words in a doubt that say that the samples are limited by something else than what is measured,
    /// which may reach more and not less. Such a figure can show that a bound is exceeded, and never
    /// that it is kept.
    public static let onlyAtLeast = "the figure is a lower bound"
}
