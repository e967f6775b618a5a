dnl SPDX-License-Identifier: BSD-2-Clause
dnl STYTCH_PROBE_CFLAGS(VARIABLE, FLAGS): add to VARIABLE each flag that the
dnl compiler takes without a warning.
AC_DEFUN([STYTCH_PROBE_CFLAGS], [
  for flag in m4_normalize([$2]); do
    AC_MSG_CHECKING([whether $CC takes $flag])
    probe_save=$CFLAGS
    CFLAGS="$CFLAGS -Werror $flag"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
      [AC_MSG_RESULT([yes]); $1="$$1 $flag"], [AC_MSG_RESULT([no])])
    CFLAGS=$probe_save
  done
])
