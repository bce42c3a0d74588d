# Modules in, one script out, at build time:
#   cmake -DOUT=viewer.js "-DFILES=a.js;b.js" -P join.cmake
# A module imports by whole statements at its top and exports where it declares; both go, and all
# modules stand in one function, in the order given, without their comments and indentation. So
# what they declare at their top must have a name of its own among all of them, and a module stands
# behind those whose classes and constants it needs while it is loaded.
cmake_minimum_required(VERSION 3.25)

set(NAME "[A-Za-z_$][A-Za-z0-9_$]*")

# Every import must be of a module that is given, and of something that it exports.
function(check_imports path source)
  string(REGEX MATCHALL "\nimport [^;]*" imports "${source}")
  foreach(import IN LISTS imports)
    if(NOT import MATCHES "^\nimport {([^}]*)} from '\\./([a-z0-9_]+\\.js)'$")
      message(FATAL_ERROR "${path}: imports other than by import { a, b } from './x.js';")
    endif()
    set(from "${CMAKE_MATCH_2}")
    string(REGEX MATCHALL "${NAME}" wanted "${CMAKE_MATCH_1}")
    if(NOT DEFINED exports_${from})
      message(FATAL_ERROR "${path}: imports from ${from}, which is not among the modules")
    endif()
    foreach(name IN LISTS wanted)
      if(NOT name IN_LIST exports_${from})
        message(FATAL_ERROR "${path}: imports ${name}, which ${from} does not export")
      endif()
    endforeach()
  endforeach()
endfunction()

# The names that a module exports, or all that it declares at its top.
function(declared_names source prefix ret)
  string(REGEX MATCHALL "\n${prefix}(async )?(function|const|class) ${NAME}" found "${source}")
  list(TRANSFORM found REPLACE ".* " "")
  set(${ret} "${found}" PARENT_SCOPE)
endfunction()

foreach(path IN LISTS FILES)
  file(READ "${path}" source)
  # A list would end at a ; and not within [ ]: names and imports have neither.
  get_filename_component(file "${path}" NAME)
  declared_names("\n${source}" "export " exports_${file})
endforeach()

set(text "")
set(names "")
foreach(path IN LISTS FILES)
  file(READ "${path}" source)
  set(source "\n${source}")
  check_imports("${path}" "${source}")
  string(REGEX REPLACE "\nimport [^;]*;" "" source "${source}")
  string(REGEX REPLACE "\nexport (async |function|const|class)" "\n\\1" source "${source}")
  if(source MATCHES "\nexport ")
    message(FATAL_ERROR "${path}: exports what is not a function, a const or a class")
  endif()
  if(source MATCHES "\n(let|var) |\nconst *[[{]|\n(async )?function *[*]")
    message(FATAL_ERROR "${path}: has at its top what is not a function, a class or one const")
  endif()
  declared_names("${source}" "" found)
  foreach(name IN LISTS found)
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
