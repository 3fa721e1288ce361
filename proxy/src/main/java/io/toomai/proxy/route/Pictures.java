package io.toomai.proxy.route;

/// Takes what is seen of a cluster. Any thread may call it; it returns at once.
public interface Pictures {
    /// Somebody saw the cluster so. Of several that come at once the last is looked at; one that is
    /// older than what is known changes nothing.
    void take(Picture picture);

    /// Somebody who saw the cluster so sees nothing new. What others saw since stays in force, but
    /// for one who led last and who alone is told of for long.
    void takeAgain(Picture picture);
}
