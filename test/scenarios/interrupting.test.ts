import { playTheme } from './play.ts';

playTheme('interrupting');
