/* keys-verbs.h - The verbs of postern-keys.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_VERBS_H
#define POSTERN_KEYS_VERBS_H

#include "../keys-options.h"

/* Each looks whether what OPT has goes together, logs its own errors and
   returns an exit code of sysexits.h.  */
int init_verb (struct options *opt);
int enroll_verb (struct options *opt);
int invite_verb (struct options *opt);
int door_verb (struct options *opt);
int replace_verb (struct options *opt);
int group_verb (struct options *opt);
int revoke_verb (struct options *opt);
int list_verb (struct options *opt);
int show_verb (struct options *opt);
int check_verb (struct options *opt);
int export_verb (struct options *opt);
int passwd_verb (struct options *opt);

#endif /*POSTERN_KEYS_VERBS_H*/
