import { playTheme } from './play.ts';

playTheme('messages');
