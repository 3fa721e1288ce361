package io.toomai.dcs.zookeeper;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.GeneralSecurityException;
import java.security.KeyManagementException;
import java.security.Provider;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/// The JVM's default TLS context, made when somebody connects with it and not before. ZooKeeper
/// asks the default context for its protocols and ciphers even where no TLS is used, which would
/// load every certificate authority of the JVM: 5 MB in each agent (docs/benchmarks.md). Those two
/// questions are answered here; all else goes to the real one.
public final class LateDefaultTls extends SSLContextSpi {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    private static final String[] CIPHERS = {
        "TLS_AES_256_GCM_SHA384",
        "TLS_AES_128_GCM_SHA256",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    };

    private LateDefaultTls() {}

    /// Makes it the default of this JVM. Call it before the first class of ZooKeeper is used.
    public static void install() {
        Installed.once();
    }

    /// Initialised once by the JVM, whoever asks first.
    private static final class Installed {
        static {
            SSLContext.setDefault(new Context());
        }

        static void once() {}
    }

    private static final class Context extends SSLContext {
        Context() {
            super(new LateDefaultTls(), new Source(), "Default");
        }
    }

    /// Whose context it is. To ask the JVM for one of its providers would load them all.
    private static final class Source extends Provider {
        private static final long serialVersionUID = 1;

        Source() {
            super("Toomai", "1", "the default TLS context, made late");
        }
    }

    private static final class Real {
        static final SSLContext CONTEXT = make();

        private static SSLContext make() {
            try {
                return SSLContext.getInstance("Default");
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this Java has no default TLS context", e);
            }
        }
    }

    @Override
    protected SSLParameters engineGetSupportedSSLParameters() {
        return new SSLParameters(CIPHERS.clone(), PROTOCOLS.clone());
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
        return new LateServerSockets();
    }

    @Override
    protected SSLParameters engineGetDefaultSSLParameters() {
        return Real.CONTEXT.getDefaultSSLParameters();
    }

    @Override
    protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
            throws KeyManagementException {
        throw new KeyManagementException("the default TLS context cannot be set up anew");
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
        return Real.CONTEXT.getSocketFactory();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
        return Real.CONTEXT.createSSLEngine();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
        return Real.CONTEXT.createSSLEngine(host, port);
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
        return Real.CONTEXT.getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
        return Real.CONTEXT.getClientSessionContext();
    }

    private static final class LateServerSockets extends SSLServerSocketFactory {
        @Override
        public String[] getSupportedCipherSuites() {
            return CIPHERS.clone();
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return CIPHERS.clone();
        }

        @Override
        public ServerSocket createServerSocket() throws IOException {
            return Real.CONTEXT.getServerSocketFactory().createServerSocket();
        }

        @Override
        public ServerSocket createServerSocket(int port) throws IOException {
            return Real.CONTEXT.getServerSocketFactory().createServerSocket(port);
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog) throws IOException {
            return Real.CONTEXT.getServerSocketFactory().createServerSocket(port, backlog);
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog, InetAddress address)
                throws IOException {
            return Real.CONTEXT.getServerSocketFactory().createServerSocket(port, backlog, address);
        }
    }
}
