#include "bench/load/histogram.hpp"
#include "domain/person/roles/authorized_users.hpp"

#include <CLI/CLI.hpp>
#include <boost/endian/conversion.hpp>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <new>
#include <random>

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size))
    return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

using namespace musterd;

constexpr std::size_t role_count = 30, permissions_per_role = 10, shop_count = 50, assignments_per_user = 10;
const timestamp start = std::chrono::sys_days{std::chrono::year{2025} / 1 / 1};
const timestamp expiry = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
const tenant_uuid tenant{};

/// The ids that bench/sql/assignments.sql uses.
uuid numbered(std::uint16_t kind, std::uint64_t n) {
  auto id = *uuid::parse("0b000000-0000-7000-8000-000000000000");
  boost::endian::store_big_u16(id.bytes.data() + 4, kind);
  for (int i = 0; i < 6; ++i)
    id.bytes[static_cast<std::size_t>(15 - i)] = static_cast<std::uint8_t>(n >> (8 * i));
  return id;
}

std::string permission_key(std::size_t k) {
  return fmt::format("bench:thing_{}:use", k);
}

role_catalog make_roles() {
  role_catalog result;
  for (std::size_t r = 0; r < role_count; ++r) {
    role made;
    made.role_id = {numbered(16, r)};
    made.role_name = fmt::format("ROLE_{}", r);
    for (std::size_t k = 0; k < permissions_per_role; ++k)
      made.permission_keys.push_back(permission_key(r * permissions_per_role + k));
    result.add(made);
  }
  return result;
}

std::size_t role_of(std::size_t user, std::size_t i) {
  return (user * 7 + i * 3) % role_count;
}
location_uuid shop_of(std::size_t user, std::size_t i) {
  return {numbered(17, (user + i * 5) % shop_count)};
}

/// Every second assignment has expired.
std::shared_ptr<const authorized_user> make_user(std::size_t n) {
  auto user =
      std::make_shared<authorized_user>(authorized_user{{numbered(2, n)}, {numbered(1, n)}, true, {}});
  user->grants.reserve(assignments_per_user);
  for (std::size_t i = 0; i < assignments_per_user; ++i)
    user->grants.push_back({{numbered(18, n * assignments_per_user + i)},
                            {numbered(16, role_of(n, i))},
                            shop_of(n, i),
                            start,
                            i % 2 == 0 ? timestamp::max() : expiry});
  return user;
}

struct question {
  user_uuid user;
  permission_index permission;
  location_uuid place;
};

std::size_t resident_bytes() {
  std::ifstream status{"/proc/self/statm"};
  std::size_t size = 0, resident = 0;
  status >> size >> resident;
  return resident * 4096;
}

}  // namespace

/// In-process decisions: find the user, decide. Prints one line of JSON, in nanoseconds per decision less the
/// clock's own cost.
int main(int argc, char** argv) {
  std::size_t users = 100'000, rounds = 5'000'000;
  CLI::App app{"Measures authorization decisions in process."};
  app.add_option("--users", users);
  app.add_option("--decisions", rounds);
  CLI11_PARSE(app, argc, argv);
  auto roles = make_roles();
  authorized_users table;
  auto before = resident_bytes();
  for (std::size_t n = 1; n <= users; ++n)
    table.put(tenant, make_user(n));
  auto bytes_per_user = static_cast<double>(resident_bytes() - before) / static_cast<double>(users);
  std::mt19937_64 random{42};
  std::vector<question> questions;
  for (std::size_t q = 0; q < 1 << 20; ++q) {
    auto n = random() % users + 1, i = random() % assignments_per_user;
    auto key = permission_key(role_of(n, i) * permissions_per_role + random() % permissions_per_role);
    questions.push_back({{numbered(2, n)}, roles.index_of(key).value(), shop_of(n, i)});
  }
  timestamp now = expiry + std::chrono::hours{24};
  using clock = std::chrono::steady_clock;
  auto clock_cost = std::chrono::nanoseconds::max();
  for (int i = 0; i < 10'000; ++i) {
    auto began = clock::now();
    clock_cost = std::min<std::chrono::nanoseconds>(clock_cost, clock::now() - began);
  }
  bench::histogram times;
  std::uint64_t allowed = 0;
  auto allocations_before = allocations.load();
  auto all_began = clock::now();
  for (std::size_t q = 0; q < rounds; ++q) {
    const auto& asked = questions[q & (questions.size() - 1)];
    auto began = clock::now();
    auto user = table.find(tenant, asked.user);
    allowed += allows(user->held(), asked.permission, asked.place, now, roles);
    auto took = clock::now() - began - clock_cost;
    times.add(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
  }
  auto seconds = std::chrono::duration<double>(clock::now() - all_began).count();
  auto allocated = allocations.load() - allocations_before;
  std::cout << fmt::format(
      R"({{"rate":{:.0f},"p50":{},"p99":{},"p999":{},"allowed":{:.3f},"allocations":{},"bytesPerUser":{:.0f}}})"
      "\n",
      static_cast<double>(rounds) / seconds, times.at(0.5), times.at(0.99), times.at(0.999),
      static_cast<double>(allowed) / static_cast<double>(rounds), allocated, bytes_per_user);
  return 0;
}
