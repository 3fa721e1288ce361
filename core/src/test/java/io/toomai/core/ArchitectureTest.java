package io.toomai.core;

import static com.tngtech.archunit.core.importer.ImportOption.Predefined.DO_NOT_INCLUDE_TESTS;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.time.Clock;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/// What the module graph cannot say about core: it decides and does nothing else (decision 0001).
class ArchitectureTest {
    private final JavaClasses core =
            new ClassFileImporter()
                    .withImportOption(DO_NOT_INCLUDE_TESTS)
                    .importPackages("io.toomai.core");

    @Test
    void theImporterReallySawTheClasses() {
        assertThat(core.size()).isGreaterThan(10);
    }

    @Test
    void coreTouchesNoThreadNoFileNoSocket() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.io..",
                        "java.net..",
                        "java.nio..",
                        "java.sql..",
                        "java.util.concurrent..",
                        "java.util.logging..",
                        "org.slf4j..")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Thread.class)
                .because("core decides; the other modules do")
                .check(core);
    }

    @Test
    void coreAsksNoClockAndThrowsNoDice() {
        noClasses()
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Clock.class, java.util.Random.class)
                .because("the same view must give the same decision on every run")
                .check(core);
    }

    @Test
    void valuesAreImmutable() {
        classes().that().areRecords().should().haveOnlyFinalFields().check(core);
    }

    @Test
    void packagesAreNullMarked() {
        classes().should(liveInANullMarkedPackage()).check(core);
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching("io.toomai.core.(*)..").should().beFreeOfCycles().check(core);
    }

    private static ArchCondition<JavaClass> liveInANullMarkedPackage() {
        return new ArchCondition<>("live in a package that is @NullMarked") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean marked =
                        type.getPackage().isAnnotatedWith(NullMarked.class)
                                || type.getSimpleName().equals("module-info");
                events.add(
                        new SimpleConditionEvent(
                                type, marked, type.getFullName() + ": package not @NullMarked"));
            }
        };
    }
}
