// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Never run: C++ whose templates make much code of few lines, with constructors of virtual
 * bases, lambdas, exceptions and functions that compilers clone, for names and lines to be
 * compared of.
 */
#include <algorithm>
#include <deque>
#include <functional>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

struct counted {
	static inline long n;
	std::string text;
	counted() { n++; }
	explicit counted(std::string from) : text(std::move(from)) { n++; }
	virtual ~counted() { n--; }
	virtual std::size_t weight() const { return text.size(); }
};

template <int N> struct level : virtual counted {
	std::vector<std::string> lines;
	level() : lines(N, "line") {}
	level(const level &from) : counted(from), lines(from.lines) { lines.push_back(from.text); }
	std::size_t weight() const override
	{
		std::size_t sum = counted::weight();
		for (const auto &line : lines)
			sum += line.size() % (N + 2);
		return sum;
	}
};

template <int N, int M> struct crossing : level<N>, level<M> {
	std::map<std::string, long> counts;
	std::size_t weight() const override
	{
		return std::accumulate(counts.begin(), counts.end(), level<N>::weight(),
				       [](std::size_t sum, const auto &pair) {
					       return sum + pair.first.size() * pair.second;
				       }) + level<M>::weight();
	}
};

template <typename T> T parse(const std::string &text)
{
	std::istringstream stream(text);
	T value{};
	if (!(stream >> value))
		throw std::invalid_argument("no value: " + text);
	return value;
}

template <typename T, template <typename...> class List> std::string describe(List<T> items)
{
	std::ostringstream out;
	std::size_t n = 0;
	for (const auto &item : items)
		out << (n++ ? ", " : "") << item;
	if constexpr (!std::is_same_v<List<T>, std::list<T>>) {
		std::sort(items.begin(), items.end(), std::greater<T>());
		std::stable_sort(items.begin(), items.end());
		items.erase(std::unique(items.begin(), items.end()), items.end());
	} else {
		items.sort();
		items.unique();
	}
	out << " (" << items.size() << " different)";
	return out.str();
}

template <typename Key, typename Value> long tally(const std::vector<std::string> &words)
{
	std::map<Key, std::vector<Value>> sorted;
	std::unordered_map<Key, std::set<Value>> hashed;
	long sum = 0;
	for (const auto &word : words) {
		auto key = parse<Key>(word);
		auto value = parse<Value>(word);
		sorted[key].push_back(value);
		hashed[key].insert(value);
	}
	for (const auto &[key, values] : sorted)
		sum += static_cast<long>(values.size() * hashed[key].size());
	return static_cast<int>(sum);
}

using shape = std::variant<int, double, std::string, std::vector<int>>;

std::string show(const shape &any)
{
	return std::visit([](const auto &value) -> std::string {
		using T = std::decay_t<decltype(value)>;
		if constexpr (std::is_arithmetic_v<T>)
			return std::to_string(value);
		else if constexpr (std::is_same_v<T, std::string>)
			return value + value;
		else
			return describe<int, std::vector>(value);
	}, any);
}

__attribute__((noinline)) long power(long base, int exponent, bool checked)
{
	long value = 1;
	for (int i = 0; i < exponent; i++)
		if (checked && __builtin_mul_overflow(value, base, &value))
			throw std::overflow_error("power");
	return value;
}

} // namespace

int main(int argc, char **argv)
{
	const std::vector<std::string> words(argv, argv + argc);
	std::vector<std::unique_ptr<counted>> all;
	std::function<long(long)> fold = [&](long n) { return n ? fold(n / 2) + power(n, 3, true) : 0; };
	long sum = fold(static_cast<long>(words.size()));

	all.push_back(std::make_unique<crossing<1, 2>>());
	all.push_back(std::make_unique<crossing<3, 5>>());
	all.push_back(std::make_unique<level<8>>());
	all.push_back(std::make_unique<counted>(show(shape{std::vector<int>{3, 1, 2}})));
	for (const auto &one : all)
		sum += static_cast<long>(one->weight());
	sum += tally<int, double>(words) + tally<std::string, long>(words);
	std::cout << describe<double, std::vector>({1.5, 2.5}) << describe<std::string, std::deque>({"a"})
		  << describe<long, std::list>({3, 1}) << show(2.5) << power(sum, 2, false);
	return static_cast<int>(sum);
}
