package io.toomai.proxy.auth;

import java.net.InetAddress;
import java.util.List;

/// The addresses of this machine, each with the network that it is in.
public record LocalNetworks(List<AddressRange> addresses) {
    public LocalNetworks {
        addresses = List.copyOf(addresses);
    }

    boolean isHere(InetAddress address) {
        return addresses.stream().anyMatch(mine -> mine.network().equals(address));
    }

    boolean isNear(InetAddress address) {
        return addresses.stream().anyMatch(mine -> mine.contains(address));
    }
}
