/* mains.h - What main.c calls; each is in the file of its name.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_MAINS_H
#define POSTERN_MAINS_H

int posternd_main (int argc, char **argv);
int agent_main (int argc, char **argv);
int capture_main (int argc, char **argv);
int unseal_main (int argc, char **argv);
int verify_main (int argc, char **argv);
int decide_main (int argc, char **argv);
int act_main (int argc, char **argv);
int shut_main (int argc, char **argv);
int muster_main (int argc, char **argv);
int vouch_main (int argc, char **argv);
int vouch_file_main (int argc, char **argv);
int vouch_ldap_main (int argc, char **argv);

#endif /*POSTERN_MAINS_H*/
