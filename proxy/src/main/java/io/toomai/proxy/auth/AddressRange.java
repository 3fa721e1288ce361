package io.toomai.proxy.auth;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;

/// Addresses with the same first bits, such as `10.0.0.0/8`.
///
/// @param bits that count, from the first
public record AddressRange(InetAddress network, int bits) {
    /// An address with or without `/bits`; empty for anything else, also for names of hosts.
    public static Optional<AddressRange> parse(String text) {
        int slash = text.indexOf('/');
        Optional<InetAddress> address = literal(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty()) {
            return Optional.empty();
        }
        int most = address.get().getAddress().length * 8;
        if (slash < 0) {
            return Optional.of(new AddressRange(address.get(), most));
        }
        String bits = text.substring(slash + 1);
        return bits.matches("\\d{1,3}") && Integer.parseInt(bits) <= most
                ? Optional.of(new AddressRange(address.get(), Integer.parseInt(bits)))
                : Optional.empty();
    }

    /// An address and a mask of it.
    static Optional<AddressRange> parse(String address, String mask) {
        Optional<InetAddress> network = literal(address);
        Optional<InetAddress> ones = literal(mask);
        if (network.isEmpty()
                || ones.isEmpty()
                || network.get().getAddress().length != ones.get().getAddress().length) {
            return Optional.empty();
        }
        byte[] bytes = ones.get().getAddress();
        int bits = 0;
        while (bits < bytes.length * 8 && isSet(bytes, bits)) {
            bits++;
        }
        for (int i = bits; i < bytes.length * 8; i++) {
            if (isSet(bytes, i)) {
                return Optional.empty();
            }
        }
        return Optional.of(new AddressRange(network.get(), bits));
    }

    /// An address as such; never asks a name server.
    public static Optional<InetAddress> literal(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    public boolean contains(InetAddress address) {
        byte[] mine = network.getAddress();
        byte[] other = address.getAddress();
        if (mine.length != other.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            if (isSet(mine, i) != isSet(other, i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSet(byte[] bytes, int bit) {
        return ((bytes[bit / 8] >> (7 - bit % 8)) & 1) == 1;
    }

    /// An IPv4 address that came by an IPv6 socket is an IPv4 address.
    public static InetAddress plain(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean mapped =
                bytes.length == 16
                        && Arrays.equals(bytes, 0, 10, new byte[10], 0, 10)
                        && bytes[10] == -1
                        && bytes[11] == -1;
        try {
            return mapped ? InetAddress.getByAddress(Arrays.copyOfRange(bytes, 12, 16)) : address;
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }
}
