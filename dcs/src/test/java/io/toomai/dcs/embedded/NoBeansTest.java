package io.toomai.dcs.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import javax.management.MBeanServer;
import org.apache.zookeeper.jmx.MBeanRegistry;
import org.apache.zookeeper.jmx.ZKMBeanInfo;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class NoBeansTest {
    @BeforeAll
    static void install() {
        NoBeans.install();
    }

    @Test
    void zooKeeperRegistersItsBeansWhereNothingIsKept() throws Exception {
        MBeanServer server = MBeanRegistry.getInstance().getPlatformMBeanServer();
        assertThat(server).hasToString("no beans");

        MBeanRegistry.getInstance().register(new Voter(), null);

        assertThat(server.getMBeanCount()).isZero();
    }

    @Test
    void thePlatformIsNotFilledWithBeans() {
        assertThatThrownBy(ManagementFactory::getPlatformMBeanServer)
                .isInstanceOf(Error.class)
                .hasMessageContaining("no management beans");
    }

    private static final class Voter implements ZKMBeanInfo {
        @Override
        public String getName() {
            return "voter";
        }

        @Override
        public boolean isHidden() {
            return false;
        }
    }
}
