# Modules in, one script out, at build time:
#   cmake -DOUT=viewer.js "-DFILES=a.js;b.js" -P join.cmake
# A module imports by whole statements at its top and exports where it declares; both go, and all
# modules stand in one function, in the order given, without their comments and indentation. So
# what they declare at their top must have a name of its own among all of them.
cmake_minimum_required(VERSION 3.25)

set(text "")
set(names "")
foreach(path IN LISTS FILES)
  file(READ "${path}" source)
  set(source "\n${source}")
  string(REGEX REPLACE "\nimport [^;]*;" "" source "${source}")
  string(REGEX REPLACE "\nexport (async |function|const|class)" "\n\\1" source "${source}")
  string(FIND "${source}" "\nexport " rest)
  if(NOT rest EQUAL -1)
    message(FATAL_ERROR "${path}: exports what is not a function, a const or a class")
  endif()
  string(REGEX MATCHALL "\n(async function|function|const|let|class) [A-Za-z_0-9]+" found
    "${source}")
  foreach(name IN LISTS found)
    string(REGEX REPLACE ".* " "" name "${name}")
    if(name IN_LIST names)
      message(FATAL_ERROR "${path}: another module declares ${name} too")
    endif()
    list(APPEND names "${name}")
  endforeach()
  # Lines that are nothing but comment, in either form, and tabs before the others.
  string(REGEX REPLACE "\n[\t ]*//[^\n]*" "" source "${source}")
  string(REGEX REPLACE "\n\t*/[*][^\n]*" "" source "${source}")
  string(REGEX REPLACE "\n\t* [*][^\n]*" "" source "${source}")
  string(REGEX REPLACE "\n[\t\n]+" "\n" source "${source}")
  string(APPEND text "${source}")
endforeach()

file(WRITE "${OUT}" "// SPDX-License-Identifier: GPL-2.0-or-later
// The viewer of flametap, joined from its modules in report/viewer/.
(() => {
'use strict';${text}})();
")
