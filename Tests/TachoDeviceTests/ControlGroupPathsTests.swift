import Testing

@testable import TachoDevice

@Suite struct ControlGroupPathsTests {
    private func cpu(_ groups: String, _ mounts: String) -> ControlGroupPaths.Place? {
        ControlGroupPaths(groups: KernelText(groups), mounts: KernelText(mounts)).cpu
    }

    @Test func ownGroupFirstThenAncestors() {
        let place = cpu("0::/a/b\n", "35 24 0:30 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw\n")
        #expect(place?.folders == ["/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"])
    }

    @Test func groupOutsideOfTheNamespace() {
        let place = cpu("0::/../other\n", "35 24 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
        #expect(place?.folders == ["/sys/fs/cgroup"])
    }

    @Test func mountOfAnotherGroup() {
        let place = cpu("0::/x\n", "35 24 0:30 /docker/1 /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
        #expect(place?.folders == ["/sys/fs/cgroup"])
    }

    @Test func versionOneWhereItHasTheController() {
        let mounts =
            "40 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
            + "32 31 0:29 / /sys/fs/cgroup/cpu rw shared:1 master:2 - cgroup cgroup rw,cpu\n"
        let place = cpu("1:cpu:/\n0::/\n", mounts)
        #expect(place?.version == 1)
        #expect(place?.folders == ["/sys/fs/cgroup/cpu"])
    }

    @Test func versionTwoWhereVersionOneLacksIt() {
        let mounts =
            "40 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
            + "32 31 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        #expect(cpu("2:memory:/\n0::/\n", mounts)?.version == 2)
    }

    @Test func nothingMounted() {
        #expect(cpu("0::/\n", "24 1 8:2 / / rw - ext4 /dev/sda2 rw\n") == nil)
        #expect(cpu("", "") == nil)
    }

    @Test func lists() {
        #expect(ProcessorList.parse("0-3,8") == [0, 1, 2, 3, 8])
        #expect(ProcessorList.parse("5,5,4-5") == [4, 5])
        for wrong in ["", "x", "3-1", "-1", "1-", "0-999999999999", "1-2-3"] {
            #expect(ProcessorList.parse(wrong) == nil, "\(wrong)")
        }
    }
}
