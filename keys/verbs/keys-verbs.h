/* keys-verbs.h - The verbs of postern-keys.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_VERBS_H
#define POSTERN_KEYS_VERBS_H

/* Each takes its arguments behind the verb, argv[0] being the verb, logs
   its own errors and returns an exit code of sysexits.h.  */
int init_verb (int argc, char **argv);
int enroll_verb (int argc, char **argv);
int invite_verb (int argc, char **argv);
int door_verb (int argc, char **argv);
int replace_verb (int argc, char **argv);
int group_verb (int argc, char **argv);
int revoke_verb (int argc, char **argv);
int list_verb (int argc, char **argv);
int show_verb (int argc, char **argv);
int check_verb (int argc, char **argv);
int export_verb (int argc, char **argv);
int passwd_verb (int argc, char **argv);

/* Print the help of VERB (on stdout) and return EX_OK; or say on stderr
   what was wrong and return EX_USAGE.  */
int verb_help (const char *verb);
int verb_usage (const char *verb, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

/* The same for the option that getopt_long has just refused.  */
int verb_bad_option (const char *verb, char **argv);

#endif /*POSTERN_KEYS_VERBS_H*/
